"""What is asked: one failing test and what it said, and nothing of where the fault is."""

from tools.sandbox.process.execution import Execution

MAX_LINES = 70
MAX_CHARACTERS = 3500
OUTCOMES_NOISE = ("warnings.html", "-- Docs:")


def task_text(shown: str, execution: Execution) -> str:
    """Return the task for a model or an agent."""
    return (
        f"The test `{shown}` fails. Find the fault in the code and correct it. "
        f"The tests are right: do not change them.\n\npytest says:\n\n{shown_output(execution)}\n"
    )


def shown_output(execution: Execution) -> str:
    """Return the tail of what pytest said about the one test, as a developer would paste it."""
    lines = [
        line.rstrip()
        for line in execution.output.splitlines()
        if not any(noise in line for noise in OUTCOMES_NOISE)
    ]
    tail = "\n".join(lines[-MAX_LINES:]).strip()
    return tail[-MAX_CHARACTERS:]
