"""Tell which languages the index of a repository holds, and how deep each is understood."""

from typing import Literal

from server.operations.operation import Call, Operation, RepositoryRequest, Response, in_thread

BY_LANGUAGE = """
SELECT language, count(*) AS files, total(symbols), total(notes != '[]')
FROM (
  SELECT language, notes,
    (SELECT count(*) FROM symbol WHERE symbol.document = document.id) AS symbols
  FROM member JOIN document ON document.id = member.document WHERE generation = ?
) GROUP BY language ORDER BY files DESC, language
"""


class LanguagesRequest(RepositoryRequest):
    """Whose languages are meant."""


class IndexedLanguage(Response):
    """A language, and what is known of its files."""

    language: str
    """`text` for files without a grammar here."""
    depth: Literal["resolved", "symbols", "words"]
    """Whether names are resolved to definitions, or only listed, or no more than words is known."""
    files: int
    symbols: int
    degraded: int
    """Of how many files less is known than of the others, such as of one that does not parse."""


class LanguagesResponse(Response):
    """The languages of a repository, that of the most files first; none before it is indexed."""

    repo: str
    commit: str | None
    indexed: bool
    languages: tuple[IndexedLanguage, ...]


def run(call: Call, request: LanguagesRequest) -> LanguagesResponse:
    repository = call.host.open(request.repo).repository
    status = repository.status(look=False)
    with repository.manifest() as manifest:
        generation = manifest.current(status.root)
        number = None if generation is None else generation.id
        rows = manifest.database.execute(BY_LANGUAGE, (number,)).fetchall()
    return LanguagesResponse(
        repo=status.root,
        commit=status.commit,
        indexed=status.indexed,
        languages=tuple(
            IndexedLanguage(
                language=language,
                depth=_depth(language),
                files=files,
                symbols=int(symbols),
                degraded=int(degraded),
            )
            for language, files, symbols, degraded in rows
        ),
    )


LANGUAGES = Operation(
    "languages", LanguagesRequest, LanguagesResponse, "search", in_thread(run), method="GET"
)


def _depth(language: str) -> Literal["resolved", "symbols", "words"]:
    from indexing.parsing.scopes.scope_reader import READERS
    from indexing.parsing.syntax.languages import LANGUAGES as PARSED

    if language in READERS:
        return "resolved"
    return "symbols" if any(one.name == language for one in PARSED) else "words"
