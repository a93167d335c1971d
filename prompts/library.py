"""Load, render and identify prompts.

A prompt file has parts, each begun by a line `# system` or `# user`; a part becomes one chat
message. What is put into a prompt is data: role marks of chat templates are broken up in it, and
invisible characters are removed. `fenced` puts it between fences that it cannot close.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined, UndefinedError

from rooftree.errors import RooftreeError
from rooftree.text.visible import without_invisible

FOLDER = Path(__file__).parent

_PART = re.compile(r"^# (system|user)\n", re.MULTILINE)
# Tokens that end or begin a turn in the chat templates of common open models.
_TEMPLATE_TOKENS = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|</?s>|<(?:bos|eos)>|<</?SYS>>"
    r"|<(?:start|end)_of_turn>|<fim_(?:prefix|middle|suffix|pad)>|<(?:PRE|SUF|MID|EOT)>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT)\]"
)
_BACKTICKS = re.compile("`{3,}")


class PromptError(RooftreeError):
    """A prompt file is missing, malformed, or lacks a value."""


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """The messages of a prompt, and which file (by id and content hash) they were made from."""

    id: str
    sha: str
    messages: tuple[dict[str, str], ...]


def neutralise(text: str) -> str:
    """Break up role marks, so that text from a repository cannot end its own turn.

    What cannot be seen goes first: it could stand in the middle of such a mark.
    """
    # `str` makes a value that the caller forgot raise its own error.
    return _TEMPLATE_TOKENS.sub(
        lambda match: match.group()[0] + " " + match.group()[1:], without_invisible(str(text))
    )


def fenced(text: str, language: str = "") -> str:
    """Return text, made harmless, in a fence that is longer than any in it."""
    inner = neutralise(text)
    fence = "`" * max(3, *(len(run) + 1 for run in _BACKTICKS.findall(inner)), 0)
    return f"{fence}{language}\n{inner}\n{fence}"


def render(prompt_id: str, **values: object) -> RenderedPrompt:
    """Render the prompt file `<prompt_id>.md` with exactly the values it names."""
    source = _read(prompt_id)
    environment = Environment(  # noqa: S701 - prompts are plain text for a model, not HTML
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"neutralise": neutralise, "fenced": fenced}
    try:
        messages = tuple(
            {"role": role, "content": _content(environment, part, values)}
            for role, part in _parts(prompt_id, source)
        )
    except UndefinedError as error:
        raise PromptError(f"prompt {prompt_id!r}: {error.message}") from error
    return RenderedPrompt(prompt_id, hashlib.sha256(source.encode()).hexdigest()[:16], messages)


def _content(environment: Environment, part: str, values: Mapping[str, object]) -> str:
    """Render one message; whatever a value says, and two of them together, stays in its turn."""
    return neutralise(environment.from_string(part).render(values)).strip()


def _read(prompt_id: str) -> str:
    try:
        return (FOLDER / f"{prompt_id}.md").read_text("utf-8")
    except FileNotFoundError as error:
        raise PromptError(f"there is no prompt {prompt_id!r}") from error


def _parts(prompt_id: str, source: str) -> list[tuple[str, str]]:
    """Split the file, and not what is rendered from it: a value can never begin a part."""
    pieces = _PART.split(source)[1:]
    if not pieces:
        raise PromptError(f"prompt {prompt_id!r} has no `# system` or `# user` part")
    return list(zip(pieces[::2], pieces[1::2], strict=True))
