"""Make docs/ask.svg: run a real question and draw what the terminal showed.

.venv/bin/python scripts/picture.py "How is a citation checked?" docs/ask.svg
"""

import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

MAX_LINE_LENGTH = 110
MAX_LINES = 44


def main(question: str, target: Path) -> None:
    """Ask in a child process and export its output as an SVG."""
    command = [sys.executable, "-I", "-m", "rooftree", "ask", question]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    console = Console(record=True, width=MAX_LINE_LENGTH, file=sys.stderr)
    console.print(Text.assemble(("$ ", "bold green"), (f'rooftree ask "{question}"', "bold")))
    lines = shown.splitlines()
    for line in lines[:MAX_LINES]:
        console.print(Text(line[:MAX_LINE_LENGTH], style="cyan" if line.startswith("[") else ""))
    if len(lines) > MAX_LINES:
        console.print(Text("…", style="dim"))
    target.write_text(console.export_svg(title="rooftree"), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
