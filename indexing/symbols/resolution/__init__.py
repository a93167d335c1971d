"""Name resolution across the files of one generation. One module of rules per language.

- `entities`: what a name can stand for: definition, module, instance, outside, unknown
- `program`: files, symbols and scopes read from the manifest
- `resolver`: entry point: the definition that a use refers to
- `rules`: lookup rules shared by all languages
- `python`: rules of Python
- `ecmascript`: rules of JavaScript and TypeScript
- `go`: rules of Go
- `java`: rules of Java

It claims a definition only when exactly one is certain. It does not know ranking or search, and
must not import `history`, `search` or `repository`.
"""
