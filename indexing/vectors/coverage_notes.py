"""What a search could not see, in words for a person: one sentence a reason.

It knows the wording and nothing of how the reasons are found out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from indexing.files.skip_reasons import IN_WORDS

OFF = "switched off (index.embedder is `none`)"
MAX_EXTENSIONS = 6
FAULTS = ("lines: parser", "lines: grammar package")
"""How notes on a file begin that tell of a fault, and not of what the file is."""


def files_behind_note(files: int) -> str:
    """Say that files changed since they were indexed; an empty text where none did."""
    if not files:
        return ""
    subject = "1 file has" if files == 1 else f"{files} files have"
    return f"{subject} changed since the index was made"


UNLOOKED = "nobody has looked yet whether files have changed since the index was made"
EMPTY = "no file could be indexed"
TOUCHED = "files were saved after that look and are being read"


def failed_look(reason: str) -> str:
    """Say that the files could not be looked at when they were to be."""
    return f"the last look at the files failed: {reason}"


def run_index(files: int) -> str:
    """Say what to do about an old index; an empty text where it is of now."""
    return f"{counted_in_words(files, 'file')} behind; run `rooftree index`" if files else ""


def not_looked_at(
    behind: int | None,
    skipped: Mapping[str, int],
    ignored: int | None,
    without_symbols: Mapping[str, int],
    partly_parsed: int,
) -> tuple[str, ...]:
    """Name what was not looked at, each with how many."""
    told = [UNLOOKED if behind is None else run_index(behind)]
    told += [f"{count} {reason_in_words(reason)}" for reason, count in skipped.items() if count]
    if ignored is None:
        told.append("what git's rules ignore (not counted yet)")
    elif ignored:
        told.append(f"{ignored} ignored by git's rules")
    if without_symbols:
        endings = ", ".join(
            f"{ending} {n}" for ending, n in [*without_symbols.items()][:MAX_EXTENSIONS]
        )
        count = sum(without_symbols.values())
        told.append(
            f"{counted_in_words(count, 'file')} without symbols, matched by text only ({endings})"
        )
    if partly_parsed:
        told.append(
            f"{counted_in_words(partly_parsed, 'file')} parsed in part, matched by text too"
        )
    return tuple(text for text in told if text)


def reason_in_words(reason: str) -> str:
    return IN_WORDS.get(reason, reason.replace("_", " "))


def counted_in_words(number: int, noun: str) -> str:
    """Return `1 file` or `3 files`."""
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def wordless(query: str) -> str:
    """Say that a query holds nothing that could be looked for."""
    return f"{query[:80]!r} holds no word or name to look for; give letters or digits"


def cut_query(characters: int) -> str:
    """Say that a query is longer than what is looked for of it."""
    return f"only the first {characters:,} characters of the query were looked for"


def unfocused(text: str, missed: Sequence[str]) -> str:
    """Say that nothing fits a focus of the map, and what was not looked at for it."""
    begin = f"nothing fits the focus {text[:80]!r}"
    return f"{begin}; not looked at: {'; '.join(missed)}" if missed else begin


def missing_vectors_note(share: float) -> str:
    """Say which part has no vectors; an empty text where all have."""
    if share >= 1.0:
        return ""
    # Rounded down: what is not complete must not read as complete.
    return (
        f"dense tier: {int(share * 100)}% of the units have vectors; "
        "the others were searched by words and names alone"
    )


def without_meaning(share: float) -> str:
    """Name the units that were not compared by meaning; an empty text where all were."""
    if share >= 1.0:
        return ""
    return f"{100 - int(share * 100)}% of the units by meaning (they have no vectors at hand)"


def no_vectors_note(problem: str) -> str:
    """Say why no vectors were searched."""
    return f"dense tier: {problem}; words and names alone were searched"


def engine_skipped_note(problem: str, *, by_words: bool) -> str:
    """Say why the vector engine did not answer, and what was done instead."""
    if by_words:
        return no_vectors_note(problem)
    return f"vector engine: {problem}; the index's own vectors were read instead"


def parse_failure_notes(notes: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Sum up (path, note) of the files whose parsing failed."""
    failed = [(path, note) for path, note in notes if note.startswith(FAULTS)]
    counts = Counter(note for _, note in failed)
    examples = {note: path for path, note in reversed(failed)}
    return tuple(
        f"{count} {'file was' if count == 1 else 'files were'} cut by {note}, "
        f"so without symbols, such as {examples[note]}"
        for note, count in counts.most_common()
    )


def writer_active_note(holder: str) -> str:
    """Say that another process is writing the index that was searched."""
    return f"the index is being written by {holder}; the last finished one was searched"


def replaced_index_note(names: Sequence[str]) -> str:
    """Say that a damaged index was replaced; an empty text where none was."""
    if not names:
        return ""
    return f"the index was damaged and has been made anew; what it was is kept as {names[-1]}"
