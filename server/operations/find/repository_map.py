"""Draw a ranked map of a repository that fits a number of tokens."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from server.operations.find.coverage import Coverage, Status
from server.operations.operation import (
    Between,
    Call,
    Operation,
    RepositoryRequest,
    Response,
    Text,
    in_thread,
)

if TYPE_CHECKING:
    from indexing.repository.repository import Repository
    from indexing.symbols.resolution.entities import DefinitionEntity

MIN_TOKENS, MAX_TOKENS = 64, 100_000
FOCUS_HITS = 10


class MapRequest(RepositoryRequest):
    """How long the map may be, and what it is about: paths, or else queries."""

    tokens: Annotated[int, Between(MIN_TOKENS, MAX_TOKENS, "the number of tokens")] = 1024
    focus: tuple[Text, ...] = Field(default=(), max_length=20)


class MappedDefinition(Response):
    """A definition that the map shows."""

    line: int
    symbol: str
    kind: str
    signature: str
    rank: float


class MappedFile(Response):
    """A file that the map shows, with its chosen definitions in their order in the file."""

    path: str
    rank: float
    symbols: tuple[MappedDefinition, ...]


class MapResponse(Response):
    """The map, the most important file first; `text` has at most `budget` tokens."""

    repo: str
    status: Status
    tokens: int
    budget: int
    files: tuple[MappedFile, ...]
    of_files: int
    of_symbols: int
    text: str
    coverage: Coverage


def run(call: Call, request: MapRequest) -> MapResponse:
    from indexing.symbols.repository_map import estimated_tokens, render_map
    from indexing.vectors import coverage_notes

    repository = call.host.indexed(request.repo, call.events())
    with repository.ranker() as (ranker, coverage):
        documents = ranker.program.documents
        fitting = {text: _focus(repository, documents, text) for text in request.focus}
        focus = frozenset(node for nodes in fitting.values() for node in nodes)
        drawn = render_map(ranker.program, ranker.ranks(focus), request.tokens, focus)
    missed = coverage.not_looked_at
    unfocused = [coverage_notes.unfocused(text, missed) for text in fitting if not fitting[text]]
    coverage = replace(coverage, notes=(*coverage.notes, *unfocused))
    return MapResponse(
        repo=str(repository.worktree.root),
        status=coverage.status(found=bool(drawn.files)),
        tokens=estimated_tokens(drawn.text),
        budget=request.tokens,
        files=MappedFile.each(file.as_json() for file in drawn.files),
        of_files=drawn.of_files,
        of_symbols=drawn.of_symbols,
        text=drawn.text,
        coverage=Coverage.model_validate(coverage),
    )


MAP = Operation("map", MapRequest, MapResponse, "search", in_thread(run))


def _focus(
    repository: "Repository", documents: dict[str, int], text: str
) -> "list[DefinitionEntity]":
    """Return what a text means: a file, the files of a folder, or the hits of a query."""
    from indexing.symbols.resolution.entities import DefinitionEntity

    path = os.path.normpath(text.strip()).removeprefix("./")
    if path in documents:
        return [DefinitionEntity(documents[path], "")]
    inside = [number for name, number in documents.items() if name.startswith(f"{path}/")]
    if inside:
        return [DefinitionEntity(number, "") for number in inside]
    if not text.strip():
        return []
    with repository.searcher(with_dense=False) as searcher:
        hits = searcher.search(text, FOCUS_HITS).hits
    return [DefinitionEntity(hit.document, hit.symbol) for hit in hits]
