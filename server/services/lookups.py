"""What the services say of symbols, references, the map and the history of one repository.

Each answer is JSON and tells its coverage, as a search does.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from indexing.repository.repository import Repository
from indexing.search.search import Coverage
from indexing.symbols.repository_map import draw, estimated_tokens
from indexing.symbols.resolution.entities import Definition
from indexing.symbols.symbols import Certainty, Edge, Symbol, Symbols, Uses
from indexing.vectors import notes as coverage_notes
from rooftree.errors import UsageError

MOST_SYMBOLS = 200
MOST_TOKENS = 100_000
LEAST_TOKENS = 64
MOST_COMMITS = 100
MOST_DEFINITIONS = 20
"""Of how many definitions of one name the uses are grouped."""
MOST_USES = 2_000
"""How many uses an answer lists; it says how many there are."""
FOCUS_HITS = 10
LONGEST_NAME = 1_000


def symbols(repository: Repository, name: str, kind: str | None, limit: int) -> dict[str, Any]:
    """Return the definitions that a name fits, each with how often it is used."""
    _check_name(name)
    _check_number("the number of symbols", limit, 1, MOST_SYMBOLS)
    with repository.symbols() as (found, coverage):
        match = found.find(name, kind, limit)
        exact = match.how in ("exact", "place", "any case")
        if not exact:
            found.check_absence(name)
        by_text = [] if exact else found.by_text(name)
        return {
            "name": name,
            "repo": str(repository.worktree.root),
            "status": coverage.status(found=bool(match.symbols or by_text)),
            "match": match.how,
            "by_text": [item.as_json() for item in by_text],
            "total": match.total,
            "symbols": [
                symbol.as_json() | {"references": _counts(found, symbol)}
                for symbol in match.symbols
            ],
            "coverage": _coverage(coverage),
        }


def references(repository: Repository, name: str) -> dict[str, Any]:
    """Return every use of a definition, grouped where a name has several."""
    _check_name(name)
    with repository.symbols() as (found, coverage):
        match = found.find(name, None, MOST_SYMBOLS)
        known = match.symbols if match.how in ("exact", "place", "any case") else ()
        by_definition: dict[Definition, Symbol] = {}
        for symbol in known:
            by_definition.setdefault(symbol.definition, symbol)
        wanted = list(by_definition)[:MOST_DEFINITIONS]
        uses = found.uses(wanted) if wanted else _of_nothing_known(found, name)
        edges = _edges(found, uses.unresolved, "name-match")
        used = {(edge["path"], edge["line"]) for edge in edges["uses"]}
        by_text = [item for item in found.by_text(name) if (item.path, item.line) not in used]
        total = len(uses.unresolved) + sum(len(each) for each in uses.resolved.values())
        if not total:
            found.check_absence(name)
        return {
            "name": name,
            "repo": str(repository.worktree.root),
            "status": coverage.status(found=bool(total or by_text)),
            "by_text": [item.as_json() for item in by_text],
            "definitions": [
                by_definition[item].as_json()
                | _edges(found, uses.resolved.get(item, []), "resolved")
                for item in wanted
            ],
            "more_definitions": len(by_definition) - len(wanted),
            "by_name": edges,
            "elsewhere": uses.elsewhere,
            "coverage": _coverage(coverage),
        }


def repository_map(repository: Repository, tokens: int, focus: Sequence[str]) -> dict[str, Any]:
    """Return the ranked map; what is in focus is a path, or else a query."""
    _check_number("the number of tokens", tokens, LEAST_TOKENS, MOST_TOKENS)
    with repository.ranker() as (ranker, coverage):
        fitting = {text: _focus(repository, ranker.program.documents, text) for text in focus}
        wanted = frozenset(node for nodes in fitting.values() for node in nodes)
        drawn = draw(ranker.program, ranker.ranks(wanted), tokens, wanted)
    missed = coverage.not_looked_at
    unfocused = [coverage_notes.unfocused(text, missed) for text in focus if not fitting[text]]
    notes = (*coverage.notes, *unfocused)
    return {
        "repo": str(repository.worktree.root),
        "status": coverage.status(found=bool(drawn.files)),
        "tokens": estimated_tokens(drawn.text),
        "budget": tokens,
        "files": [file.as_json() for file in drawn.files],
        "of_files": drawn.of_files,
        "of_symbols": drawn.of_symbols,
        "text": drawn.text,
        "coverage": _coverage(replace(coverage, notes=notes)),
    }


def history(
    repository: Repository,
    query: str,
    since: str | None,
    limit: int,
    path: str | None,
    tell: Callable[[int, int], None],
) -> dict[str, Any]:
    """Return the commits that match a query; `tell` hears how many diffs of how many are read."""
    # It reads diffs with parsers, which a search does not need to import.
    from indexing.history.search import Wanted, search_history, since_of

    if not query.strip():
        raise UsageError("the query is empty; give words of a message or of a change")
    _check_number("the number of commits", limit, 1, MOST_COMMITS)
    moment = since_of(since, datetime.now(UTC)) if since else None
    inside = _inside(repository.worktree.root, path) if path else None
    repository.refresh()
    with repository.manifest() as manifest:
        wanted = Wanted(query, limit, moment, inside)
        result = search_history(manifest, repository.worktree, wanted, tell)
    return {
        "query": query,
        "repo": str(repository.worktree.root),
        "status": result.coverage.status(found=bool(result.hits)),
        "hits": [hit.as_json() for hit in result.hits],
        "coverage": result.coverage.as_json() | {"commit": repository.worktree.commit},
    }


def _counts(found: Symbols, symbol: Symbol) -> dict[str, int]:
    uses = found.uses([symbol.definition])
    resolved = uses.resolved.get(symbol.definition, [])
    return {"resolved": len(resolved), "name_match": len(uses.unresolved)}


def _of_nothing_known(found: Symbols, name: str) -> Uses:
    """Return the uses of a name that nothing here defines."""
    last = name.strip().rpartition(".")[2]
    return Uses(unresolved=[use for use, _ in found.named(last)])


def _edges(found: Symbols, uses: Sequence[Any], certainty: Certainty) -> dict[str, Any]:
    shown: list[Edge] = [found.edge(use, certainty) for use in found.sorted(uses)[:MOST_USES]]
    return {"uses": [edge.as_json() for edge in shown], "total": len(uses)}


def _focus(repository: Repository, documents: dict[str, int], text: str) -> list[Definition]:
    """Return what a text means: a file, the files of a folder, or the hits of a query."""
    path = os.path.normpath(text.strip()).removeprefix("./")
    if path in documents:
        return [Definition(documents[path], "")]
    inside = [number for name, number in documents.items() if name.startswith(f"{path}/")]
    if inside:
        return [Definition(number, "") for number in inside]
    if not text.strip():
        return []
    with repository.searcher(with_dense=False) as searcher:
        hits = searcher.search(text, FOCUS_HITS).hits
    return [Definition(hit.document, hit.symbol) for hit in hits]


def _inside(root: Path, path: str) -> str:
    """Return a path below the root, relative to it."""
    whole = os.path.normpath(root / path)
    if whole != str(root) and not whole.startswith(f"{root}/"):
        raise UsageError(f"{path[:200]!r} is not inside {str(root)!r}")
    return os.path.relpath(whole, root)


def _coverage(coverage: Coverage) -> dict[str, Any]:
    content = coverage.as_json()
    del content["dense_share"]
    return content


def _check_name(name: str) -> None:
    if not name.strip():
        raise UsageError("the name is empty; give a name such as `Queue.get`, or `path:line`")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"the name has {len(name)} characters; at most {LONGEST_NAME}")


def _check_number(what: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        raise UsageError(f"{what} must be {least} to {most}, not {number}")
