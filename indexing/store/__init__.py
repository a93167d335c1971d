"""The manifest: the SQLite database that is the truth about an index.

- `checksums`: CRC-32 of stored rows
- `damage_check`: checks all rows little by little
- `document_store`: adds, finds and drops documents (one parsed file each)
- `worktree_state`: what changed on disk since a generation was made
- `garbage`: removes dead worktrees, documents, vectors; packs the file
- `manifest`: `Manifest`: generations and known files; opens the database
- `occurrence_store`: reads occurrences of units and definitions
- `schema`: tables, opening, setting a damaged file aside

It does not know scores, embedders or how files are parsed. Of `indexing` it may import `files`,
`words`, `secrets` and `parsing`; not `build`, `vectors` or anything above.
"""
