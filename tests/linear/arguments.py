"""Arguments for the patterns that a function makes of its own variables.

By `module::function`, the variables that the pattern is made of. A name that comes from foreign
text is tried as a short one and as one that a search would begin again and again.
"""

import re
from collections.abc import Mapping, Sequence

from indexing.files import wildmatch
from indexing.secrets.rules import commands as secret_commands
from models.weights.licences import licences
from tools.renaming.rename import Renaming

NAMES = ("checkout", "a", "_", "a" * 40)


def _glob(pattern: bytes) -> dict[str, object]:
    """Return the variables of `compile_glob`, as it makes them itself."""
    head = wildmatch._literal_length(pattern)
    steps = wildmatch._steps(pattern[head:], path=True)
    return {"pattern": pattern, "head": head, "steps": steps}


def _named(name: str) -> str:
    """Return what follows a module's name in a text that names something of it."""
    which = f"(?:{name})(?!\\w)"
    return rf"(?:[.:]{which}|\s+import\s[^\n]{{0,200}}?(?<!\w){which})"


GLOBS = (b"*", b"*a", b"a*b*c*d", b"**/a", b"a/**", b"**/a*/b", b"**/**/*a*b/**/c", b"[a-z]*[!x]?")

ARGUMENTS: Mapping[str, Sequence[Mapping[str, object]]] = {
    "models/weights/licences.py::licence_of": [
        {"pattern": pattern} for entry in licences() for pattern in entry.matches
    ],
    "models/probing/judging.py::judge_fact": [{"one": name} for name in NAMES],
    "indexing/secrets/rules/commands.py::_rules": [
        {"pattern": pattern}
        for table in (
            secret_commands.COMMANDS,
            secret_commands.ACCOUNTS,
            secret_commands.HASHES,
            secret_commands.COOKIES,
        )
        for pattern in table.values()
    ],
    "indexing/files/wildmatch.py::compile_glob": [_glob(pattern) for pattern in GLOBS],
    "tools/projects/results/selection.py::relevant_tests": [
        {"name": name, "stem": name} for name in NAMES
    ],
    "agents/evidence/failure_excerpts.py::_of_test": [
        {"said": re.escape(name)} for name in (*NAMES, "_ _")
    ],
    "tools/drafts/program.py::DraftProgram.python_files_with": [{"name": name} for name in NAMES],
    "tools/moving/reached.py::_texts": [
        {"dotted": [name, f"{name}.{name}"], "after": after}
        for name in NAMES
        for after in (r"(?!\w)", "[.:][A-Za-z_]", _named(name))
    ],
    "tools/moving/move.py::_left": [{"wanted": [name, f"{name}.{name}"]} for name in NAMES],
    "tools/renaming/rename.py::_left": [{"wish": Renaming(name, "b")} for name in NAMES],
    "agents/review/checks/static.py::_where_gone": [{"name": name} for name in NAMES],
}

WAYS_OF: Mapping[str, frozenset[str]] = {
    # Only where a rule's clue stands in the text.
    "indexing/secrets/rules/commands.py::_rules": frozenset({"match"}),
    # Its docstring says so, and `indexing.files.ignore` holds to it.
    "indexing/files/wildmatch.py::compile_glob": frozenset({"fullmatch"}),
}
"""How a pattern is used that a function returns, where that is not in every way."""
