"""Languages, syntax trees, and the values that are read out of them.

- `captures`: runs a language's query and sorts the captures by role
- `chunk_header`: the header of a chunk (its qualified name, never its path), before it is embedded
- `definitions`: nests, names and documents captured definitions
- `documentation`: first sentence of a docstring or comment; one-line signatures
- `grammars`: text to tree-sitter bytes; parses with a time limit
- `languages`: the table of languages with file names, grammar and queries: declare a language here
- `lines`: lines of a text; cuts runs of lines into pieces; sizes
- `misleading_names`: identifiers with look-alike letters
- `parse_coverage`: which files were parsed whole, in part, or not
- `sql_routines`: SQL procedures that the grammar does not know
- `types`: `Unit`, `ParsedSymbol`, `Reference`; `CHUNKER_VERSION`
- `queries/`: tree-sitter queries, one `.scm` per language

It is the lowest room of `parsing`: it must not import `scopes`, `chunker`, `references` or
`extract`, nor any other room of `indexing` but `secrets`.
"""
