"""What of a file a grammar can read, and in which language it is.

Most files are read as they are. C and C++ are prepared as by a preprocessor, components and pages
(.vue, .svelte, .astro) by their scripts alone, notebooks by their cells, Cython as the Python in
it. Whatever is done, the rows that definitions get are those of the file. It knows no symbols.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexing.parsing.preprocessing import cython, notebooks, prepare
from indexing.parsing.preprocessing import script_blocks as scripts
from indexing.parsing.syntax.grammars import ParserSource
from indexing.parsing.syntax.languages import LANGUAGES, Language, language_of_text, named

NO_CODE = "no code in it"
PREPROCESSED = frozenset({"c", "cpp"})


@dataclass(frozen=True, slots=True)
class ReadableSource:
    """A source for a grammar; `partial` where something that may be code is kept from it."""

    language: Language
    source: ParserSource
    name: str = ""
    """What the language is called where that is not the grammar's name."""
    partial: bool = False
    uses: Sequence[tuple[int, int]] = ()
    """Names that are used though the grammar does not see them."""


def readable(path: str, text: str) -> ReadableSource | str | None:
    """Return what can be read; a reason why nothing can; None where there is no grammar."""
    ending = path.rpartition(".")[2].lower()
    special = _SPECIAL.get(ending)
    if special is not None:
        return special(ending, text)
    language = language_of_text(path, text)
    if language is None:
        return None
    source = ParserSource(text)
    if language.name not in PREPROCESSED:
        return ReadableSource(language, source)
    prepared = prepare(source.data)
    source.readable, source.declared = prepared.text, prepared.declared
    return ReadableSource(language, source, partial=prepared.dropped, uses=prepared.uses)


def _scripts(ending: str, text: str) -> ReadableSource | str:
    found = scripts.read(ending, text)
    if found is None:
        return NO_CODE
    # Only the scripts are read, and what the markup uses of them is not.
    return ReadableSource(named(found.language), ParserSource(found.text), partial=True)


def _notebook(_ending: str, text: str) -> ReadableSource | str | None:
    found = notebooks.read(text)
    if isinstance(found, str):
        return found
    known = (one for one in LANGUAGES if one.in_cells and one.name == found.language)
    language = next(known, None)
    if language is None:
        return None
    return ReadableSource(language, ParserSource(found.text, found.rows), partial=found.partial)


def _cython(_ending: str, text: str) -> ReadableSource:
    source = ParserSource(text)
    source.readable = cython.as_python(source.data)
    return ReadableSource(named("python"), source, "cython", partial=True)


_SPECIAL: dict[str, Callable[[str, str], ReadableSource | str | None]] = {
    **dict.fromkeys(scripts.ENDINGS, _scripts),
    "ipynb": _notebook,
    **dict.fromkeys(cython.ENDINGS, _cython),
}
