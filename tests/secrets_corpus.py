"""Made-up secrets, each put together at run time so that no scanner takes this file for a leak.

They open nothing. Other tests plant them and then look for them where they must not be.
"""

import hashlib
import string

DIGITS = string.digits
LOWER_HEX = "0123456789abcdef"
ALPHANUMERIC = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits


def made_up(kind: str, length: int, alphabet: str = ALPHANUMERIC) -> str:
    """Return characters that look random and are the same in every run."""
    stream = b"".join(
        hashlib.sha256(f"{kind}/{i}".encode()).digest() for i in range(length // 32 + 1)
    )
    return "".join(alphabet[byte % len(alphabet)] for byte in stream)[:length]


# kind: (prefix in pieces, length of the rest, its alphabet)
_PREFIXED = {
    "aws-key": (("AK", "IA"), 16, UPPER),
    "aws-session-key": (("AS", "IA"), 16, UPPER),
    "github-personal": (("gh", "p_"), 36, ALPHANUMERIC),
    "github-oauth": (("gh", "o_"), 36, ALPHANUMERIC),
    "github-server": (("gh", "s_"), 36, ALPHANUMERIC),
    "github-fine": (("github", "_pat_"), 82, ALPHANUMERIC),
    "gitlab": (("gl", "pat-"), 20, ALPHANUMERIC),
    "gitlab-runner": (("gl", "rt-"), 20, ALPHANUMERIC),
    "slack-bot": (("xo", "xb-", "123456789012-"), 24, ALPHANUMERIC),
    "slack-user": (("xo", "xp-", "123456789012-"), 32, LOWER_HEX),
    "stripe-live": (("sk", "_live_"), 24, ALPHANUMERIC),
    "stripe-restricted": (("rk", "_live_"), 24, ALPHANUMERIC),
    "stripe-webhook": (("wh", "sec_"), 32, ALPHANUMERIC),
    "google-api": (("AI", "za"), 35, ALPHANUMERIC),
    "google-secret": (("GOC", "SPX-"), 28, ALPHANUMERIC),
    "google-oauth": (("ya", "29."), 60, ALPHANUMERIC),
    "openai": (("sk", "-"), 48, ALPHANUMERIC),
    "openai-project": (("sk", "-proj-"), 74, ALPHANUMERIC),
    "anthropic": (("sk", "-ant-", "api03-"), 86, ALPHANUMERIC),
    "huggingface": (("h", "f_"), 34, string.ascii_letters),
    "npm": (("np", "m_"), 36, ALPHANUMERIC),
    "pypi": (("py", "pi-"), 90, ALPHANUMERIC),
    "twilio": (("S", "K"), 32, LOWER_HEX),
    "digitalocean": (("do", "p_v1_"), 64, LOWER_HEX),
    "mailgun": (("ke", "y-"), 32, LOWER_HEX),
    "databricks": (("da", "pi"), 32, LOWER_HEX),
    "square": (("sq", "0atp-"), 22, ALPHANUMERIC),
    "shopify": (("shp", "at_"), 32, LOWER_HEX),
    "docker": (("dckr", "_pat_"), 27, ALPHANUMERIC),
    "vault": (("hv", "s."), 90, ALPHANUMERIC),
    "linear": (("lin", "_api_"), 40, ALPHANUMERIC),
    "newrelic": (("NR", "AK-"), 27, UPPER),
    "rubygems": (("ruby", "gems_"), 48, LOWER_HEX),
    "postman": (("PM", "AK-", "01f3456789abcdefabcdef01-"), 34, LOWER_HEX),
    "atlassian": (("AT", "ATT3"), 180, ALPHANUMERIC),
    "alibaba": (("LT", "AI"), 20, ALPHANUMERIC),
    "notion": (("nt", "n_"), 46, ALPHANUMERIC),
    "supabase": (("sb", "p_"), 40, LOWER_HEX),
    "groq": (("gs", "k_"), 52, ALPHANUMERIC),
    "age": (("AGE-", "SECRET-KEY-1"), 58, UPPER),
    "telegram": (("123456789", ":AA"), 33, ALPHANUMERIC),
}
# Secrets that only their name gives away.
NAMED = frozenset(["password", "strong-password", "client-secret", "aws-secret", "azure-account"])


def planted_secrets() -> dict[str, str]:
    """Return every made-up secret by kind."""
    secrets = {
        kind: "".join(prefix) + made_up(kind, length, alphabet)
        for kind, (prefix, length, alphabet) in _PREFIXED.items()
    }
    secrets["sendgrid"] = f"S{'G.'}{made_up('sg', 22)}.{made_up('sg2', 43)}"
    secrets["jwt"] = ".".join(
        ["ey" + "J" + made_up("jwt", 33), "ey" + "J" + made_up("jwt2", 60), made_up("jwt3", 43)]
    )
    secrets["mailchimp"] = f"{made_up('mailchimp', 32, LOWER_HEX)}-us{12}"
    secrets["terraform"] = f"{made_up('tf', 14)}.atlas" + f"v1.{made_up('tf2', 64)}"
    secrets["azure-app"] = f"{made_up('az', 3)}8Q" + f"~{made_up('az2', 34)}"
    secrets["azure-account"] = made_up("azure", 86) + "=="
    secrets["aws-secret"] = made_up("aws-secret", 40)
    secrets["client-secret"] = made_up("client", 32)
    secrets["password"] = "Tr0ub4d" + "or9x7Q"
    secrets["strong-password"] = "Blue" + "-Horse!77"
    secrets["private-key"] = _private_key("RSA ")
    secrets["openssh-key"] = _private_key("OPENSSH ")
    return secrets


def planted_file(kind: str) -> str:
    """Return a small file such as people really commit, with the secret of one kind in it."""
    secret = planted_secrets()[kind]
    lines = ["# settings of the shop", "import os", "", "RETRIES = 3"]
    if "\n" in secret:
        lines += ['SIGNING_KEY = """' + secret, '"""']
    else:
        lines += [f'CLIENT_SECRET = "{secret}"', f"# before: password={secret}"]
    return "\n".join([*lines, "", "def connect() -> None:", "    return None", ""])


def secret_parts(secret: str) -> list[str]:
    """Return the stretches of a secret that must be gone: its lines, without the armour."""
    return [line for line in secret.split("\n") if line and not line.startswith("-----")]


def _private_key(kind: str) -> str:
    body = [made_up(f"{kind}{line}", 64, ALPHANUMERIC + "+/") for line in range(6)]
    name = f"{kind}PRIVATE " + "KEY-----"
    return "\n".join([f"-----BEGIN {name}", *body, f"-----END {name}"])
