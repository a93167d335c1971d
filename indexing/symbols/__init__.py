"""Definitions and references by name, name resolution, and the repository map.

- `repository_map`: ranked map of files and definitions (PageRank)
- `resolution/`: resolves a use to its definition across files
- `symbol_index`: finds definitions by name and the uses of one
- `text_matches`: plain-text matches in files without symbols
- `call_sites`: callers of a definition; definitions of a name

It does not know questions or how results are shown. It must not import `history`, `search` or
`repository`.
"""
