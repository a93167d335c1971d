"""Projects with a linter: real ruff, and one of their own that says what eslint says."""

from dataclasses import dataclass, field

from tools.once import StepWork
from tools.projects.operations import ProjectOperation

LINT = """\
shift 3
sleep "$(cat delay)"
[ ! -e broken ] || { echo 'Oops: no plugin "import" (x.js:1:1)'; exit 2; }
printf '['
for one; do
  printf '%s{"filePath":"%s","messages":[' "$between" "$one"
  awk '/var / {
    printf "%s{\\"ruleId\\":\\"no-var\\",\\"severity\\":2,", s
    printf "\\"message\\":\\"Unexpected var: %s\\",\\"line\\":%d}", $2, NR; s = ","
  }' "$one"
  printf ']}'
  between=,
done
printf ']'
! grep -q 'var ' "$@"
"""
"""It finds each `var`, waits as long as the file `delay` says, and fails where `broken` is."""
ESLINT = ProjectOperation("eslint", "lint", ("sh", "lint.sh", "."))
SCRIPTS: dict[str, str | bytes] = {
    "lint.sh": LINT,
    "delay": "0",
    "a.js": "var old = 1;\nlet next = 2;\n",
    "b.js": "let more = 3;\n",
}
CODE = "import json\n\n\ndef first():\n    return 1\n\n\ndef second():\n    return 2\n"
"""It imports what it does not use, from the beginning."""


@dataclass(slots=True)
class CountingMemo:
    """Remembers nothing, and counts what was done."""

    done: list[tuple[str, str]] = field(default_factory=list)

    async def once(self, kind: str, key: str, work: StepWork) -> object:
        self.done.append((kind, key))
        return await work()

    def looks(self, path: str) -> int:
        """Count the looks of linters at a file, at either side of the change."""
        return len([key for kind, key in self.done if kind == "lint" and path in key.split("\0")])
