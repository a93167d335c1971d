"""Indexes a repository and searches it.

- `secrets/`: finds and redacts secrets; files that must never be read
- `parsing/`: languages, grammars, chunking into units, symbols, references, scopes
- `files/`: lists files, ignore rules, skip reasons, decoding
- `words/`: tokens, stems, postings; analysis of a question
- `store/`: the manifest (SQLite): schema, checksums, garbage, damage checks
- `build/`: the indexer: parses changed files and writes a generation; file watcher
- `vectors/`: embedders, stored vectors, Chroma
- `ranking/`: candidates, features, weights, scores
- `symbols/`: definitions and references by name, name resolution, repository map
- `history/`: search in commits
- `search/`: a search over one index: hits and coverage
- `repository/`: `Repository`: index, refresh, lock, search and status of one worktree

It does not know agents, tools or HTTP and must not import `tools`, `agents`, `training` or
`server`. Of `models` it uses the client, weights and wire for embedding. A room may import only
rooms listed before it.
"""
