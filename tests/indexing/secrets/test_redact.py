import importlib
import json
import pkgutil
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import indexing
from indexing.secrets.redact import MARKER, findings, redact
from tests.secrets_corpus import NAMED, planted_file, planted_secrets, secret_parts
from tests.support.eighths import examples

SECRETS = planted_secrets()
ONE_LINE = {kind: secret for kind, secret in SECRETS.items() if "\n" not in secret}
NAMED_CONTEXTS = [
    'password = "{}"',
    "PASSWORD = '{}'  # do not tell",
    "export DB_PASSWORD={}",
    "  api_key: {}",
    '{{"client_secret": "{}", "n": 1}}',
    '"{{\\"token\\": \\"{}\\"}}"',
    "// old token: {}",
    'config["secret"] = "{}";',
    "[auth]\npasswd={}\n",
    'def connect(password: str = "{}") -> None: ...',
    'set_password("{}")',
    'os.environ.get("API_TOKEN", "{}")',
    "run --password {} --verbose",
    "  - name: DB_PASSWORD\n    value: {}\n",
    "<password>{}</password>",
    "CREATE USER a WITH PASSWORD '{}';",
    'DefaultEndpointsProtocol=https;AccountKey={};"',
]
BARE_CONTEXTS = ["{}", "x = {}", "# see {} here", 'call("{}")', "a\\n{}\\n", "https://h/?t={}&x=1"]
FRAGMENTS = [
    *ONE_LINE.values(),
    *SECRETS.values(),
    *("password", "token", "secret", "api_key", "Bearer ", "auth", "discord", "-us1", "sig="),
    *(" ", "=", ":", ": ", " = ", '"', "'", "\\", "\n", "\r\n", "`", ",", "(", ")", "<", ">"),
    *("://", "@", "user", "/", "-", "_", ".", "~", "«", "»", "«redacted:aws-key:0123»", "eyJ"),
    *("%3D", "\\n", "\u0130", "\u2028", "\x85", "\x00", "\ud800", "Tr0ub4dor3x", "abc", "A1b2C3d4"),
    *("-----BEGIN PRIVATE " + "KEY-----", "-----END PRIVATE " + "KEY-----", "value", "--token"),
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), max_size=14).map("".join)


@pytest.mark.parametrize("context", NAMED_CONTEXTS)
@pytest.mark.parametrize("kind", sorted(ONE_LINE))
def test_every_secret_is_gone_where_a_name_tells_it(kind: str, context: str) -> None:
    assert ONE_LINE[kind] not in redact(context.format(ONE_LINE[kind]))


@pytest.mark.parametrize("context", BARE_CONTEXTS)
@pytest.mark.parametrize("kind", sorted(ONE_LINE.keys() - NAMED))
def test_a_secret_with_a_prefix_is_gone_wherever_it_stands(kind: str, context: str) -> None:
    assert ONE_LINE[kind] not in redact(context.format(ONE_LINE[kind]))


@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_every_planted_file_loses_its_secret_and_keeps_its_lines(kind: str) -> None:
    text = planted_file(kind)
    cleaned = redact(text)
    assert not [part for part in secret_parts(SECRETS[kind]) if part in cleaned]
    assert cleaned.count("\n") == text.count("\n")
    assert cleaned.split("\n")[-3:] == text.split("\n")[-3:]


def test_the_corpus_holds_at_least_forty_secrets() -> None:
    assert len(set(SECRETS.values())) >= 40


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('KEY = "{}"', 'KEY = "«»"'),
        ("postgres://app:{}@db/x", "postgres://app:«»@db/x"),
        ("https://{}@host/x", "https://«»@host/x"),
        ("Authorization: Bearer {}", "Authorization: Bearer «»"),
        ("curl -H 'authorization: Basic {}'", "curl -H 'authorization: Basic «»'"),
        ("https://acc/blob?sv=1&sig={}", "https://acc/blob?sv=1&sig=«»"),
    ],
)
def test_only_the_secret_itself_is_replaced(before: str, after: str) -> None:
    secret = "q7Zk2" * 5 + ONE_LINE["github-personal"][4:]
    line = before.format("gh" + "p_" + secret if "KEY" in before else secret)
    assert MARKER.sub("«»", redact(line)) == after


@pytest.mark.parametrize(
    "line",
    [
        f"https://hooks.slack.com/{'serv' + 'ices'}/T0AB12CD3EF/B0AB12CD3EF/{'a1B2c3D4' * 3}",
        f"https://discord.com/api/{'web' + 'hooks'}/123456789012345678/{'a1B2c3D4-_' * 6}",
        f"discord_bot('M{'TAx' * 8}.G{'a1b2c'}.{'q1W2e3R4' * 4}')",
    ],
)
def test_webhooks_and_bot_tokens_are_redacted(line: str) -> None:
    assert MARKER.search(redact(line))


def test_the_same_secret_gets_the_same_mark_and_another_another() -> None:
    first, second = ONE_LINE["npm"], ONE_LINE["github-personal"]
    marks = MARKER.findall(redact(f"{first} {first} {second}"))
    assert marks[0] == marks[1] != marks[2]


@pytest.mark.parametrize(
    "line",
    [
        'password = "changeme123!"',
        'password = "<your-password-1>"',
        'token = "${API_TOKEN_1}"',
        "token: {{ vault.token1 }}",
        'api_key = os.environ["API_KEY"]',
        "password = get_password(user1)",
        "token = self.tokens[index1]",
        "secret: SecretStr2 = Field()",
        'password = "Enter your password:"',
        'token_type = "Sh4d0wT0k3n9"',
        'tokenizer = "b3rt-b4s3-unc4s3d"',
        'token = "sha256_hmac"',
        'auth_url = "https://login.example/v1/oauth2"',
        "password = None",
        'secret = "xxxxxxxxxxxx1"',
        "https://user:password@host/",
        "https://user:{password}@host/",
        "postgres://$USER:${PASS}@h/",
        "class TokenBucketFactory2: pass",
        "<token>word</other>",
        "sk-fading-circle-animation-delay",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "Basic authentication-is-described-below",
        "email_token = 'someone1@mail.test'",
    ],
)
def test_what_is_no_secret_is_left_alone(line: str) -> None:
    assert redact(line) == line


def test_findings_tell_kind_and_line_and_never_the_value() -> None:
    text = f"a\nb = '{ONE_LINE['npm']}'\n\npassword: Tr0ub4dor3x\n"
    assert [(found.kind, found.line) for found in findings(text)] == [
        ("npm-token", 2),
        ("password", 4),
    ]


def test_a_private_key_in_json_and_one_cut_off_are_gone() -> None:
    key = SECRETS["private-key"]
    escaped = '{"private_key": "' + key.replace("\n", "\\n") + '\\n", "b": 1}'
    assert redact(escaped).endswith('\\n", "b": 1}')
    cut = key[: key.index("-----END")]
    for text in (escaped, cut, key.replace("\n", "\r\n"), key.replace("\n", "\n    # ")):
        assert not [part for part in secret_parts(key) if part in redact(text)]


def test_code_that_only_names_the_armour_is_left_alone() -> None:
    begin, end = "-----BEGIN PRIVATE " + "KEY-----", "-----END PRIVATE " + "KEY-----"
    text = f"if line == '{begin}':\n    start = number\nelif line == '{end}':\n    stop()\n{begin}"
    assert redact(text) == text


CODE = "".join(f"    transfer({number}, account_{number})\n" for number in range(700))


def test_code_between_the_armour_of_a_key_is_not_hidden() -> None:
    """Else 32 KiB of code in front of a reviewer's eyes are gone, and applied."""
    begin, end = "# -----BEGIN PRIVATE " + "KEY-----", "# -----END PRIVATE " + "KEY-----"
    lines = "\n".join(f"# {line}" for line in secret_parts(SECRETS["private-key"]))
    for inside in (CODE, f"{lines}\n{CODE}", f"{CODE}{lines}\n"):
        assert CODE in redact(f"{begin}\n{inside}{end}\n")


@pytest.mark.parametrize("name", ["secret", "password", "token", "api_key"])
@pytest.mark.parametrize(
    "value",
    [
        "os.system(chr(99)+chr(117)+chr(114)+chr(108))" * 9,
        "a1=b2;c3=d4;import_os;x9=y8;" * 14,
        "os.system\t('rm1')" * 20,
        "x=1 if a1 else b2 #" * 20,
    ],
)
def test_code_after_the_name_of_a_secret_is_not_hidden(name: str, value: str) -> None:
    assert MARKER.search(redact(f'{name} = "{value}"\n')) is None


@examples(400)
@given(TEXTS)
def test_lines_stay_and_a_second_pass_finds_nothing(text: str) -> None:
    once = redact(text)
    assert once.count("\n") == text.count("\n")
    assert redact(once) == once


@examples(200)
@given(st.text(), st.sampled_from(sorted(ONE_LINE)), st.text())
def test_no_text_around_it_hides_a_secret_on_its_own_line(a: str, kind: str, b: str) -> None:
    assert ONE_LINE[kind] not in redact(f'{a}\npassword = "{ONE_LINE[kind]}"\n{b}')


@pytest.mark.parametrize("folder", ["json", "email", "http", "logging", "unittest", "asyncio"])
def test_the_standard_library_holds_no_secrets(folder: str) -> None:
    library = Path(sysconfig.get_paths()["stdlib"])
    for path in (library / folder).glob("*.py"):
        text = path.read_text("utf-8")
        assert not findings(text), path


def _expressions() -> Iterator[tuple[str, re.Pattern[str]]]:
    for found in pkgutil.iter_modules(indexing.__path__, "indexing."):
        if not found.name.startswith("indexing.secret_"):
            continue
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{module.__name__}.{name}", value


def _unbounded_inside(parsed: Any, last: bool) -> bool:
    """Say whether an unbounded repeat stands anywhere but where a match ends."""
    items = list(parsed)
    for index, (operation, argument) in enumerate(items):
        at_end = last and index == len(items) - 1
        kind = str(operation)
        if kind.endswith("REPEAT"):
            if str(argument[1]) == "MAXREPEAT" and not at_end:
                return True
            if _unbounded_inside(argument[2], False):
                return True
        children: list[Any] = []
        if kind in ("SUBPATTERN", "BRANCH"):
            children = [argument[-1]] if kind == "SUBPATTERN" else argument[1]
        elif kind == "ATOMIC_GROUP":
            children = [argument]
        if any(_unbounded_inside(child, at_end) for child in children):
            return True
    return False


def test_no_expression_repeats_without_bound_before_its_end() -> None:
    """So a match costs a bounded number of steps, or as many as it takes away."""
    from re import _parser  # type: ignore[attr-defined]  # the parser that `re` itself uses

    # Full matches of one short value, and a run that is never followed by anything.
    exempt = {"SEPARATORS", "HEX", "ABOUT"}
    bad = [
        name
        for name, expression in _expressions()
        if name.rpartition(".")[2] not in exempt
        and _unbounded_inside(_parser.parse(expression.pattern, expression.flags), True)
    ]
    assert bad == []


HOSTILE = [
    *("password", "eyJ-", "-----BEGIN PRIVATE " + "KEY-----", "://a:", "A", "sk-", "token='"),
    *("gh" + "p_", "0123456789:AA", "bearer ", "api_key,\n", "a-", "\\a", "secret=", "token=ab"),
    *("token ", "password:    ", "--token a"),
]
BEFORE = {"a-": "M", "\\a": 'password="'}
AFTER = {"a-": "discord"}
MEASURE = """
import json, sys, time
from indexing.secrets.redact import redact

def seconds(text):
    began = time.process_time()
    redact(text)
    return time.process_time() - began

pairs = json.load(sys.stdin)
print(json.dumps([[min(seconds(text) for _ in range(3)) for text in pair] for pair in pairs]))
"""


def hostile(unit: str, length: int) -> str:
    """Return a line of about that many characters, made to be slow."""
    return BEFORE.get(unit, "") + unit * (length // len(unit)) + AFTER.get(unit, "")


def test_time_grows_with_a_line_that_is_made_to_be_slow() -> None:
    """A megabyte of `secret=` cost 28 s, as each name had the rest of the line for its value."""
    pairs = [[hostile(unit, length) for length in (62_500, 250_000)] for unit in HOSTILE]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=json.dumps(pairs).encode(),
        capture_output=True,
        cwd=Path(__file__).parents[3],
        timeout=600,
        check=True,
    )
    slow = {
        unit: (short, long)
        for unit, (short, long) in zip(HOSTILE, json.loads(done.stdout), strict=True)
        if long > 8 * max(short, 0.05)  # with the square of the length it is sixteen times
    }
    assert slow == {}
