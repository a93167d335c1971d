"""Secrets with a recognisable format: a vendor's prefix and a long run of key characters.

Every one of them contains a run of at least 16 key characters, so prefixes are looked for in such
runs and just before them, which keeps ordinary source fast; one alternation then decides. An
unbounded repeat stands only at the end of a pattern, so the time is linear in the text. It knows
nothing of names such as `password`.
"""

import re
import string
from collections.abc import Iterator, Sequence

from indexing.secrets.span import SecretSpan, matches, places

BEFORE = 16
MAX_PREFIX_LENGTH = 12
# Every key character becomes `a` and every other one a space: runs are then looked up by `find`,
# which is seven times as fast as a repeat that is tried anew at every letter of every word.
MIN_RUN = b"a" * 16
FLAT = bytes(
    ord("a" if chr(byte) in f"{string.ascii_letters}{string.digits}_-" else " ")
    for byte in range(256)
)

# A token starts where no letter or digit stands before it; `\n` and `%3D` in front are escapes.
# The guillemets of a redaction count as letters, so that a second pass finds nothing new.
START = r"(?:(?<![0-9A-Za-z»])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
END = r"(?![0-9A-Za-z«])"

STARTED = {
    "aws_key": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}" + END,
    "github_token": r"gh[pousr]_[A-Za-z0-9]{30,}",
    "github_pat": r"github_pat_\w{30,}",
    "gitlab_token": r"(?:gl(?:pat|dt|rt|soat|cbt|ptt|ft|imt|agent)-|GR1348941)[\w\-.]{20,}",
    "slack_token": r"xox[abeoprs][-.][A-Za-z0-9.\-]{16,}",
    "slack_app": r"xapp-\d-[A-Za-z0-9\-]{16,}",
    "stripe_key": r"[rs]k_(?:live|test|prod)_[A-Za-z0-9]{16,}",
    "stripe_webhook": r"whsec_[A-Za-z0-9+/=]{24,}",
    "google_api": r"AIza[\w\-]{35}",
    "google_secret": r"GOCSPX-[\w\-]{20,}",
    "google_oauth": r"ya29\.[\w\-]{20,}",
    "google_refresh": r"1//0[\w\-]{30,}",
    "anthropic_key": r"sk-ant-[\w\-]{20,}",
    "openrouter_key": r"sk-or-v1-[0-9a-f]{32,}",
    "openai_project": r"sk-(?:proj|svcacct|admin|None)-[\w\-]{20,}",
    "openai_key": r"sk-(?=[A-Za-z]{0,40}[0-9])[A-Za-z0-9]{20,}",
    "huggingface": r"(?:hf_|api_org_)[A-Za-z0-9]{30,}",
    "npm_token": r"npm_[A-Za-z0-9]{30,}",
    "pypi_token": r"pypi-[\w\-]{32,}",
    "sendgrid_key": r"SG\.[\w\-]{16,32}\.[\w\-]{32,}",
    "twilio_key": r"(?:AC|SK)[0-9a-f]{32}" + END,
    "digitalocean": r"do[opr]_v1_[0-9a-f]{64}",
    "jwt": r"eyJ[\w\-]{13,256}+\.(?:eyJ|\.?[\w\-]{11,2048}+\.)[\w.\-]{16,}",
    "paseto": r"v[1-4]\.(?:local|public)\.[\w\-]{32,}",
    "mailgun_key": r"key-[0-9a-f]{32}" + END,
    "databricks": r"dapi[0-9a-f]{32}(?:-[0-9])?",
    "square_key": r"sq0(?:atp|csp|idp)-[\w\-]{22,}|EAAA[\w\-]{60}",
    "shopify_token": r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    "docker_pat": r"dckr_(?:pat|oat)_[\w\-]{20,}",
    "vault_token": r"hv[sbr]\.[\w\-]{24,}",
    "linear_key": r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}",
    "notion_key": r"(?:secret_|ntn_)[A-Za-z0-9]{43,}",
    "newrelic_key": r"NRAK-[A-Z0-9]{27}",
    "grafana_token": r"glsa_\w{32,}|glc_eyJ[\w+/=]{32,}",
    "postman_key": r"PMAK-[0-9a-f]{24}-[0-9a-f]{32,}",
    "rubygems_key": r"rubygems_[0-9a-f]{48}",
    "doppler_token": r"dp\.(?:pt|st|ct|sa)\.[\w.\-]{32,}",
    "age_key": r"AGE-SECRET-KEY-1[0-9A-Z]{40,}",
    "atlassian": r"AT(?:ATT|CTT|BBT)[\w\-=]{24,}",
    "heroku_key": r"HRKU-[\w\-]{30,}",
    "planetscale": r"pscale_(?:tkn|pw|oauth)_[\w.\-]{32,}",
    "sentry_token": r"sntr[ysu]{1,2}_[\w+/=]{32,}",
    "supabase": r"sb[ps]_[0-9a-f]{40}|sb_secret_[\w\-]{20,}",
    "groq_key": r"gsk_[A-Za-z0-9]{40,}",
    "xai_key": r"xai-[A-Za-z0-9]{60,}",
    "replicate": r"r8_[A-Za-z0-9]{37}",
    "perplexity": r"pplx-[A-Za-z0-9]{40,}",
    "alibaba_key": r"LTAI[A-Za-z0-9]{16,26}" + END,
    "fly_token": r"fo1_[\w\-]{43}|fm[12]r?_[A-Za-z0-9+/=]{100,}",
    "crates_token": r"cio[A-Za-z0-9]{32}" + END,
}
INSIDE = {
    "slack_webhook": r"(?<=hooks\.slack\.com/(?:services|triggers)/)[A-Za-z0-9+/]{30,}",
    "slack_workflow": r"(?<=hooks\.slack\.com/workflows/)[A-Za-z0-9+/]{30,}",
    "teams_hook": r"(?<=/IncomingWebhook/)[0-9a-f]{32}",
    "discord_hook": r"(?<=/api/webhooks/)[0-9]{16,20}/[\w\-]{40,}",
    "terraform": r"(?<=[A-Za-z0-9]{14})\.atlasv1\.[\w\-]{40,}",
    "azure_secret": r"(?<=[\w~.\-]{3})8Q~[\w~.\-]{31,}",
    "azure_sas": r"(?<=[?&;]sig=)[A-Za-z0-9%+/=]{40,}",
}


# These have a clue inside instead of a prefix: how far before it they may begin, and what they are.
CLUED = {
    "laravel-key": (
        "base64:",
        (0,),
        re.compile(START + r"base64:[A-Za-z0-9+/]{42,86}={1,2}", re.ASCII),
    ),
    "braintree": (
        "access_token$",
        (0,),
        re.compile(
            START + r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}", re.ASCII
        ),
    ),
    "telegram-bot": (
        ":AA",
        range(13, 7, -1),
        re.compile(START + r"(?:bot)?[0-9]{8,10}:AA[\w\-]{32,}", re.ASCII),
    ),
    "mailchimp-key": (
        "-us",
        (32,),
        re.compile(START + r"[0-9a-f]{32}-us[0-9]{1,2}" + END, re.ASCII),
    ),
}
# And these have only a word that stands anywhere in the text.
WORDED = {
    "discord-token": (
        ("iscord", "DISCORD"),
        re.compile(START + r"[MNO][\w\-]{23,27}\.[\w\-]{6}\.[\w\-]{27,}", re.ASCII),
    ),
    "vault-token": (
        ("vault", "VAULT", "Vault"),
        re.compile(START + r"[sbr]\.(?=[A-Za-z]{0,24}[0-9])[A-Za-z0-9]{24}(?![\w.])", re.ASCII),
    ),
}
# What PREFIXED can begin with; a superset is fine, a gap would hide a secret.
PREFIX = re.compile(
    r"AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat_|gl(?:pat|dt|rt|soat|cbt|ptt|ft|imt|agent|c_|sa_)"
    r"|GR1348941|xox|xapp-|[rs]k_|whsec_|AIza|GOCSPX-|ya29|1//0|sk-|hf_|api_org_|npm_|pypi-|SG\."
    r"|AC[0-9a-f]|SK[0-9a-f]|do[opr]_v1_|eyJ|key-|dapi|sq0|EAAA|shp(?:at|ca|pa|ss)_|dckr_|hv[sbr]\."
    r"|lin_|secret_|ntn_|NRAK-|PMAK-|rubygems_|dp\.|AGE-S|AT(?:ATT|CTT|BBT)|HRKU-|pscale_|sntr"
    r"|sb[ps]_|sb_s|gsk_|xai-|r8_|pplx-|LTAI|fo1_|fm[12]|cio|8Q~|v[1-4]\.(?:loc|pub)|\.atlasv1\.",
)
CONTEXTS = {
    "hooks.slack.com/": ("services/", "triggers/", "workflows/"),
    "/api/webhooks/": ("",),
    "/IncomingWebhook/": ("",),
    "sig=": ("",),
}


def _alternation(table: dict[str, str]) -> str:
    return "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in table.items())


PREFIXED = re.compile(f"{START}(?:{_alternation(STARTED)})|{_alternation(INSIDE)}", re.ASCII)


def long_runs(text: str) -> list[tuple[int, int]]:
    """Return where long runs of key characters stand that are not just a word or a ruler."""
    flat = text.encode("ascii", "replace").translate(FLAT)
    runs: list[tuple[int, int]] = []
    at = flat.find(MIN_RUN)
    while at >= 0:
        end = flat.find(b" ", at)
        end = end if end >= 0 else len(flat)
        if not _is_plain(text[at:end]):
            runs.append((at, end))
        at = flat.find(MIN_RUN, end)
    return runs


def prefixed_secrets(text: str, runs: Sequence[tuple[int, int]]) -> Iterator[SecretSpan]:
    """Find every secret with a vendor's prefix."""
    for match in matches(text, PREFIXED, sorted(set(_places(text, runs)))):
        yield SecretSpan(*match.span(), str(match.lastgroup).replace("_", "-"))
    yield from _clued(text)


def _clued(text: str) -> Iterator[SecretSpan]:
    for kind, (clue, before, pattern) in CLUED.items():
        for at in places(text, clue):
            tries = (pattern.match(text, at - back) for back in before if back <= at)
            match = next(filter(None, tries), None)
            if match is not None:
                yield SecretSpan(*match.span(), kind)
    for kind, (clues, worded) in WORDED.items():
        if any(clue in text for clue in clues):
            for match in worded.finditer(text):
                yield SecretSpan(*match.span(), kind)


def _places(text: str, runs: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Yield where a prefix stands in or shortly before a long run of key characters."""
    for context, ends in CONTEXTS.items():
        for at in places(text, context):
            yield from (
                at + len(context) + len(end)
                for end in ends
                if text.startswith(end, at + len(context))
            )
    done = 0
    for start, end in runs:
        for prefix in PREFIX.finditer(text, max(start - BEFORE, done - MAX_PREFIX_LENGTH, 0), end):
            yield prefix.start()
        done = end


def _is_plain(run: str) -> bool:
    """Say whether a run is a ruler or small words: one key in a million looks like that."""
    letters = run.replace("_", "").replace("-", "")
    return not letters or (letters.isalpha() and letters.islower())
