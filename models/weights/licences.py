"""Whether an organisation may use a model: its licence's terms against a policy of its own.

An unread licence is never accepted: a model without an entry is refused unless the policy says
otherwise. This is no legal advice, and the output says so.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rooftree.data_files import Strict, first_problem
from rooftree.errors import ConfigError, LicenceRefusedError

FILE = Path(__file__).with_name("licences.toml")


@dataclass(frozen=True, slots=True)
class Licence(Strict):
    """The terms of one model or family."""

    id: str
    matches: tuple[str, ...]
    licence: str
    """An SPDX identifier, or LicenseRef-… where there is none."""
    commercial: bool
    derivatives: bool
    """Whether a fine-tuned model may be made and kept."""
    duties: tuple[str, ...]
    source: str
    checked: str
    read: Literal["licence", "card", "secondary"]
    production: bool = True
    use_restrictions: bool = False
    monthly_revenue_cap_usd: int | None = None
    """Of the whole group."""
    monthly_users_cap: int | None = None
    outside_eu_only: bool = False


class LicencePolicy(BaseModel):
    """What an organisation is and accepts; a TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    commercial: bool = True
    """Whether the model is used for business."""
    production: bool = True
    """Whether it is used for more than trying it out."""
    fine_tune: bool = True
    """Whether it will be fine-tuned."""
    in_eu: bool = True
    """Whether the organisation has its seat in the European Union."""
    monthly_revenue_usd: int | None = Field(default=None, ge=0)
    """Of the whole group; unknown counts as too much for every cap."""
    monthly_users: int | None = Field(default=None, ge=0)
    """Of all its products; unknown counts as too many for every cap."""
    accept_use_restrictions: bool = True
    """Whether it will pass use restrictions on."""
    allowed: tuple[str, ...] = ()
    """Licences that are accepted; none means any."""
    denied: tuple[str, ...] = ()
    """Licences that are never accepted."""
    allow_unknown: bool = False
    """Whether a model whose licence was not read may be used."""
    least_read: Literal["licence", "card", "secondary"] = "secondary"
    """How well the terms must have been read."""


@dataclass(frozen=True, slots=True)
class LicenceVerdict:
    """Whether a model may be used, and why not, or what has to be done."""

    model: str
    allowed: bool
    known: bool
    licence: str
    reasons: tuple[str, ...]
    duties: tuple[str, ...] = ()
    source: str = ""
    checked: str = ""


@cache
def licences() -> tuple[Licence, ...]:
    """Return the entries, in the order in which they are tried."""
    content = tomllib.loads(FILE.read_text("utf-8"))
    return TypeAdapter(tuple[Licence, ...]).validate_python(content["licences"])


def read_policy(path: Path) -> LicencePolicy:
    """Read a policy, or say what is wrong with it."""
    try:
        return LicencePolicy.model_validate(tomllib.loads(path.expanduser().read_text("utf-8")))
    except OSError as error:
        raise ConfigError(f"cannot read the policy {str(path)!r}: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"the policy {str(path)!r} is not TOML: {error}") from error
    except ValidationError as error:
        known = ", ".join(LicencePolicy.model_fields)
        raise ConfigError(
            f"the policy {str(path)!r}: {first_problem(error)}; it may hold {known}"
        ) from error


def licence_of(name: str) -> Licence | None:
    """Return the entry of a model; the publisher before a slash is no part of its name."""
    plain = name.rpartition("/")[2].lower()
    for entry in licences():
        if any(re.search(pattern, plain) for pattern in entry.matches):
            return entry
    return None


def judge(name: str, policy: LicencePolicy, claimed: str = "") -> LicenceVerdict:
    """Judge a model by its name; `claimed` is what its files say of their licence, unverified."""
    entry = licence_of(name)
    if entry is None:
        return _unknown(name, policy, claimed)
    reasons = tuple(_objections(entry, policy))
    return LicenceVerdict(
        name,
        allowed=not reasons,
        known=True,
        licence=entry.licence,
        reasons=reasons,
        duties=entry.duties,
        source=entry.source,
        checked=entry.checked,
    )


def refuse_unlicensed(name: str, policy_file: Path | None, claimed: str = "") -> None:
    """Raise LicenceRefusedError where a policy is set and does not allow the model."""
    if policy_file is None:
        return
    found = judge(name, read_policy(policy_file), claimed)
    if not found.allowed:
        raise LicenceRefusedError(
            f"the policy {str(policy_file)!r} does not allow {name!r} ({found.licence}): "
            f"{'; '.join(found.reasons)}; `rooftree models check` says more"
        )


def _unknown(name: str, policy: LicencePolicy, claimed: str) -> LicenceVerdict:
    told = f"its files claim {claimed!r}, which nobody has checked" if claimed else "no entry"
    reason = f"nobody has read the licence of this model ({told}), so it could not be judged"
    return LicenceVerdict(
        name,
        allowed=policy.allow_unknown and claimed not in policy.denied,
        known=False,
        licence=claimed or "unknown",
        reasons=(reason,),
    )


def _objections(entry: Licence, policy: LicencePolicy) -> list[str]:
    """Return why a policy does not allow a licence."""
    order = ("licence", "card", "secondary")
    checks = (
        (policy.commercial and not entry.commercial, "it does not allow commercial use"),
        (policy.production and not entry.production, "it does not allow use in production"),
        (policy.fine_tune and not entry.derivatives, "it does not allow fine-tuned models"),
        (policy.in_eu and entry.outside_eu_only, "it excludes organisations in the EU"),
        (
            entry.use_restrictions and not policy.accept_use_restrictions,
            "it restricts uses, and the policy does not accept that",
        ),
        (entry.licence in policy.denied, f"the policy denies {entry.licence}"),
        (
            bool(policy.allowed) and entry.licence not in policy.allowed,
            f"the policy does not allow {entry.licence}",
        ),
        (
            order.index(entry.read) > order.index(policy.least_read),
            f"its terms were read from a {entry.read} source only",
        ),
        (
            _over(policy.monthly_revenue_usd, entry.monthly_revenue_cap_usd),
            _excluded(
                f"groups with over {entry.monthly_revenue_cap_usd} US dollars of monthly revenue",
                policy.monthly_revenue_usd,
            ),
        ),
        (
            _over(policy.monthly_users, entry.monthly_users_cap),
            _excluded(
                f"products with over {entry.monthly_users_cap} monthly users", policy.monthly_users
            ),
        ),
    )
    return [reason for applies, reason in checks if applies]


def _excluded(whom: str, figure: int | None) -> str:
    unsaid = " (the policy does not say how it is here)" if figure is None else ""
    return f"it excludes {whom}{unsaid}"


def _over(figure: int | None, cap: int | None) -> bool:
    """Tell whether a cap is exceeded; an unknown figure exceeds any."""
    return cap is not None and (figure is None or figure > cap)
