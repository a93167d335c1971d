"""Secrets that a command line, or a line of a known file, has at a certain place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from indexing.secrets.entropy import is_random_hex, is_random_text
from indexing.secrets.span import ClueIndex, SecretSpan, matches, places
from indexing.secrets.values import UUID, is_base32, is_placeholder, looks_password, looks_random


@dataclass(frozen=True, slots=True)
class CommandRule:
    """A clue that is looked for in the lowered text, and what the text says from there on."""

    clue: str
    pattern: re.Pattern[str]
    kind: str
    fits: Callable[[str], bool]


def _is_cookie(value: str) -> bool:
    return len(value) >= 20 and looks_random(value) and not is_placeholder(value)


def _is_strong(value: str) -> bool:
    is_strong = STRONG.search(value) is not None and PATH.search(value) is None
    return is_strong and looks_password(value)


def _is_token(value: str) -> bool:
    """Say whether a token stands here: no name of a package, no path and no commit."""
    if is_placeholder(value):
        return False
    return is_random_text(value) or is_random_hex(value) or UUID.fullmatch(value) is not None


WORD = r"""(?P<secret>[^\s"'`;|<>()\[\]{}\\]{8,128}+)"""
ARGUMENT = r"""["']?""" + WORD
# Between a flag and its value: nothing, a space, or what stands there in a list of arguments.
NEXT = r"""(?:[ ]|["'],[ ]?)?"""
ACCOUNT = r"""["']?[\w.@+-]{1,64}:""" + WORD
REST = r"""[^\n;|]{0,200}?(?<=[ "'])"""
# `-p` means a password to many a program: to those that are told a name before it.
PAIRED = {" -u ": rf" -u ['\"]?[\w.@-]{{1,64}}['\"]? -p {ARGUMENT}"}
# And to any, where the value is strong and no path, port or pattern.
SHORT = {f" {flag} ": rf" {flag} {ARGUMENT}" for flag in ("-p", "-w", "-n")}
ASSIGNED = rf"{REST}['\"]?\w{{1,60}}=['\"]?{WORD}"
FIELD = r"[^:\s]{1,64}"

# clue: what follows from there on
COMMANDS = {
    **{clue: clue + ACCOUNT for clue in (" -u ", " -a ")},
    **{clue: clue + NEXT + ACCOUNT for clue in ("--user", "--auth")},
    **{
        clue: f"{clue} {ARGUMENT}" for clue in ("storepass", "keypass", "requirepass", "masterauth")
    },
    **{clue: f"{clue} {ARGUMENT}" for clue in ("obscure", "secret-string", "--encrypt")},
    **{clue: f"{clue}[ =]{ACCOUNT}" for clue in ("creds", "basic-auth")},
    **{
        f"{clue}set": f"{clue}set {ASSIGNED}"
        for clue in ("secrets ", "config:", "env:", "variables ")
    },
    "lftp": rf"lftp {REST}-u ?['\"]?[\w.@+-]{{1,64}},{WORD}",
    "zip -": rf"zip {REST}(?-i:-P){NEXT}{ARGUMENT}",
    "identified": rf"identified (?:with [\w'\"]{{1,40}} )?by {ARGUMENT}",
    "stats auth": rf"stats auth {ACCOUNT}",
    "rootpw": rf"rootpw (?:--plaintext )?{ARGUMENT}",
    "chpasswd:": rf"chpasswd:\s{{1,40}}(?:expire: \w{{4,5}}\s{{1,40}})?list: \|\s{{1,40}}{ACCOUNT}",
    "wpa_passphrase": rf"wpa_passphrase ['\"]?[\w.-]{{1,32}}['\"]? {ARGUMENT}",
    "net user": rf"net user [\w.-]{{1,64}} {ARGUMENT}",
    "http-basic": rf"http-basic\.[\w.-]{{1,80}} [\w.@-]{{1,64}} {ARGUMENT}",
    "bundle config": rf"bundle config {REST}{ACCOUNT}",
    'value":': rf"value[\"']? ?[:=] ?{ARGUMENT}[\"'],\s{{0,40}}[\"']?(?:name|key)[\"']? ?[:=] ?"
    r"[\"'][\w.-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|api_?key)[\"']",
    "from-literal": rf"from-literal[= ]['\"]?[\w.-]{{1,64}}={WORD}",
    "community": rf"community {WORD}",
    "securestring": rf"securestring (?:-string )?{ARGUMENT}",
    "net use": rf"net use {REST}/user:[^\s]{{1,64}} {ARGUMENT}",
    "echo": rf"echo (?:-[ne] )?['\"]?(?:[\w.-]{{1,32}}:)?{WORD}['\"]? ?\| ?"
    r"(?:sudo (?-i:-S)|[^\n|]{0,80}(?:passwd|kinit|cryptsetup|-stdin|passphrase-fd|secrets? |=-))",
    "printf": rf"printf ['\"]?{WORD}['\"]? ?\| ?[^\n|]{{0,80}}(?:passwd|-stdin|secrets? |=-)",
    "<<<": rf"(?<!<)<<<(?!<) ?{ARGUMENT}",
    "btoa(": rf"btoa\({ACCOUNT}",
    "b64encode(": rf"b64encode\(b?{ACCOUNT}",
    "rabbitmqctl": rf"rabbitmqctl (?:add_user|change_password) [\w.'\"-]{{1,40}} {ARGUMENT}",
    "bw ": rf"bw (?:unlock|login [\w.@+-]{{1,64}}) {ARGUMENT}",
    "openssl passwd": rf"openssl passwd {REST}{ARGUMENT}",
    "sqlplus": r"sqlplus (?:-\w{1,4} )?['\"]?\w{1,40}/(?P<secret>[^\s@/\"']{8,64}+)(?=@)",
    "secret set": rf"secret set {REST}(?:--body|-b|--value)[ =]?{ARGUMENT}",
    "config set": rf"config set --secret [\w.:-]{{1,64}} {ARGUMENT}",
    "sp_addlogin": rf"sp_addlogin N?'[^'\n]{{1,64}}', ?N?{ARGUMENT}",
    'send "': r"send \"(?P<secret>[^\s\"'\\]{8,64}+)\\r\"",
    "jdbc:oracle:": r"jdbc:oracle:\w{1,8}:[\w.-]{1,64}/(?P<secret>[^\s/\"'&;]{4,128})@",
    ":5432:": rf":5432:{FIELD}:{FIELD}:(?P<secret>[^\s]{{8,128}}+)",
    ":*:": rf":\*:{FIELD}:{FIELD}:(?P<secret>[^\s]{{8,128}}+)",
}
STRONG, PATH = re.compile(r"[!#$^@]"), re.compile(r"[/:.,]")
# A program, and the flag of it that is followed by a password: `curl -u`, `"mysqladmin", "-p…"`.
TOOLS = {
    "curl": rf"-[a-z]{{0,6}}u{NEXT}{ACCOUNT}",
    **dict.fromkeys(("mysql", "mariadb", "7z"), f"-p{ARGUMENT}"),
    **dict.fromkeys(("sshpass", "login", "twine", "psexec"), f"-p{NEXT}{ARGUMENT}"),
    **dict.fromkeys(("cqlsh", "mongo", "useradd"), f"-p{NEXT}{ARGUMENT}"),
    **dict.fromkeys(("sqlcmd", "ipmitool"), f"(?-i:-P){NEXT}{ARGUMENT}"),
    "freerdp": f"/p:{ARGUMENT}",
    "unrar": f"-h?p{ARGUMENT}",
    "signtool": f"/p {ARGUMENT}",
    **dict.fromkeys(("smbclient", "rpcclient"), rf"(?-i:-U){NEXT}['\"]?[\w.\\/-]{{1,64}}%{WORD}"),
    "htpasswd": rf"-[a-z]{{0,4}}b[a-z]{{0,4}} (?:[\w./-]{{1,100}} )?[\w.@-]{{1,64}} {ARGUMENT}",
    "openssl": f"-k{NEXT}{ARGUMENT}",
    "ldap": f"-w{NEXT}{ARGUMENT}",
    "redis-cli": f"(?:-a|--pass){NEXT}{ARGUMENT}",
}
SEEDS = {"oathtool": rf"oathtool {REST}['\"]?(?P<secret>[A-Z2-7]{{16,64}}+)"}
ACCOUNTS = {"login": rf"login\b[^\n/]{{0,30}} [\w.@-]{{1,40}} ?/ ?{WORD}"}
HASHES = {
    "$": r"(?P<secret>\$(?:[1567y]|2[abxy]?|apr1|argon2(?:id|i|d))\$[\w./$,=+-]{20,200}+)",
    "pbkdf2_": r"(?P<secret>pbkdf2_\w{3,8}\$[0-9]{1,8}\$[\w./+=$-]{30,200}+)",
    "sha}": r"sha\}(?P<secret>[A-Za-z0-9+/]{27,64}={0,2})(?![A-Za-z0-9+/])",
}
# A token that stands alone behind a verb or a short flag: `snyk auth …`, `doctl auth init -t …`.
ALONE = r"""(?P<secret>[\w.~+/=-]{20,512}+)(?=["'`\s;|&)]|\Z)"""
ALONE_IN_PATH = r"(?P<secret>[\w@-]{20,128}+)(?![\w.])"
FLAGS = r"(?:--?[\w-]{1,24}[ =]|(?:init|create|add|<<<) ){0,2}"
TOKENS = {
    **{
        f" {verb} ": rf" {verb} {FLAGS}['\"]?{ALONE}"
        for verb in ("login", "auth", "install", "register", "activate", "enroll")
    },
    **{f" {flag} ": rf" {flag} ['\"]?{ALONE}" for flag in ("-t", "-k", "--key", "--license")},
    "with-token": rf"with-token ?<<< ?['\"]?{ALONE}",
    "authtoken": rf"authtoken {ALONE}",
    "env:set": rf"env:set \w{{1,60}} ['\"]?{ALONE}",
    "api-key store": rf"api-key store \w{{1,40}} {ALONE}",
    "/hooks/": rf"/hooks/(?:\w{{1,24}}/){{0,3}}{ALONE_IN_PATH}",
    "/webhook/": rf"/webhook/{ALONE_IN_PATH}",
}
COOKIE = r"(?:[\w.-]{1,64}=[^;\s]{0,400}+;[ ]?){0,20}?[\w.-]{1,64}=(?P<secret>[\w%.+/~=-]{20,512}+)"
COOKIES = {"cookie: ": rf"cookie: {COOKIE}", "curl": rf"curl {REST}-b ['\"]?{COOKIE}"}
# `host:port name@host:password`, one to a line, as mail servers and lists of stolen accounts have.
MAILBOX_BEFORE = re.compile(r"\A(?:\[?[\w.-]{1,80}\]?(?::[0-9]{1,5})?[ \t]{1,8})?[\w.+-]{1,64}\Z")
MAILBOX = re.compile(
    r"@[\w-]{1,40}(?:\.[\w-]{1,40}){1,4}:"
    r"(?P<secret>[^\s/\"'`;|<>()\[\]{}\\]{8,64}+)[ \t]{0,4}(?=\r?$)",
    re.MULTILINE | re.ASCII,
)
MAX_MAILBOX_LENGTH = 170


def _rules() -> Iterator[CommandRule]:
    tools = {
        tool: rf"""{tool}\w{{0,10}}(?:\.exe)?["']?,? {REST}{flag}""" for tool, flag in TOOLS.items()
    }
    for table, kind, fits in (
        (COMMANDS, "password", looks_password),
        (tools, "password", looks_password),
        (PAIRED, "password", looks_password),
        (SHORT, "password", _is_strong),
        (SEEDS, "seed", is_base32),
        (ACCOUNTS, "password", looks_password),
        (HASHES, "password-hash", lambda value: not is_placeholder(value)),
        (COOKIES, "session", _is_cookie),
        (TOKENS, "token", _is_token),
    ):
        for clue, pattern in table.items():
            yield CommandRule(clue, re.compile(pattern, re.IGNORECASE | re.ASCII), kind, fits)


RULES = tuple(_rules())


def placed_secrets(text: str, clues: ClueIndex) -> Iterator[SecretSpan]:
    """Find the secrets of commands, of password files and of cookies."""
    for rule in RULES:
        for match in matches(text, rule.pattern, clues.places(rule.clue), "secret"):
            if rule.fits(match["secret"]):
                yield SecretSpan(*match.span("secret"), rule.kind)
    yield from _mailboxes(text)


def _mailboxes(text: str) -> Iterator[SecretSpan]:
    """Find the passwords of lines that are an address and a password."""
    for at in places(text, "@"):
        match = MAILBOX.match(text, at)
        if match is None or not looks_password(match["secret"]):
            continue
        line = text[max(at - MAX_MAILBOX_LENGTH, 0) : at].rpartition("\n")[2]
        if MAILBOX_BEFORE.match(line) and line != "git":
            yield SecretSpan(*match.span("secret"), "password")
