"""Mutation: breaks each piece of changed code, to see whether a test notices.

A function whose body only raises, or returns a constant, is the plainest fault there is: a test
that passes with it proves nothing about the function.

- `taking`: entry point: takes a change of a file in any language apart
- `parts`: what is left of a change that was taken apart
- `python`: Python, by its own parser
- `trees`: other languages, by tree-sitter
- `ecmascript`, `golang`, `rust`: the nodes of those languages, and how a function is broken

Functions take text and return text; nothing is run here. Of `tools` it must not import `projects`,
`linters` or `model_tools`.
"""
