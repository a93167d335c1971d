"""Code as a prompt shows it: a definition without what indents it, and the name of its language."""

import textwrap

from indexing.parsing.syntax.languages import language_of_text


def code_of(text: str, start: int, end: int) -> str:
    return textwrap.dedent("\n".join(text.split("\n")[start - 1 : end]))


def language_name(path: str, text: str = "") -> str:
    """Return the language of a file; an empty name where it is none that we know."""
    language = language_of_text(path, text)
    return language.name if language is not None else ""
