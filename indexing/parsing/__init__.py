"""Parses one file into units (chunks), symbols and references.

- `syntax/`: language table, grammars, queries, captures, the values that come out
- `preprocessing/`: makes text readable for a grammar: C macros, Cython, notebooks, page scripts
- `scopes/`: imports, variables and base classes that a file binds
- `references`: uses of names: calls, imports, inheritance, types
- `chunker`: chunking: which lines become which unit
- `extract`: entry point: text to `Extraction`; falls back to lines

It does not know files on disk, processes or the manifest. Of `indexing` it may import `secrets`
only. Inside, imports go down: `extract`, then `references` and `chunker`, then `scopes`, then
`syntax`.
"""
