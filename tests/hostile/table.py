"""The table of `docs/sandbox.md`: `python -m tests.hostile.table` writes it into the page.

The first three columns are what `test_attacks.py` proves in `make slow`, and an eighth of them in
every run of the tests.
"""

from pathlib import Path

from tests.hostile.attack import Attack
from tests.hostile.attacks import ATTACKS

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
HEAD = (
    "| attack | bubblewrap, root | bubblewrap, user | container | no sandbox |",
    "|---|---|---|---|---|",
)


def rows() -> tuple[str, ...]:
    """Return the lines of the table."""
    return (*HEAD, *(_row(attack) for attack in ATTACKS))


def written(page: str) -> str:
    """Return a page with the table of now in place of the one that it has."""
    lines = page.splitlines()
    begin = lines.index(HEAD[0])
    end = next((at for at in range(begin, len(lines)) if not lines[at].startswith("|")), len(lines))
    return "\n".join([*lines[:begin], *rows(), *lines[end:]]) + "\n"


def _row(attack: Attack) -> str:
    without = "not tried" if attack.uncontrolled else "succeeds"
    by_root = ", root" if attack.control_needs_root and not attack.uncontrolled else ""
    return f"| {attack.name} | contained | contained | not run | {without}{by_root} |"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
