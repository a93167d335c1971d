"""What a file binds: imports, variables with types, base classes. One module per language.

- `scope`: `FileScope`: the result, and how it is packed for the manifest
- `scope_reader`: fills a scope from query captures
- `nodes`: what the readers of all languages ask of a node
- `receivers`: the expression before a name: `queue` in `queue.get()`
- `python`: bindings of Python
- `ecmascript`: bindings of JavaScript and TypeScript
- `go`: bindings of Go
- `java`: bindings of Java

It does not know other files: resolving a name across files is `indexing.symbols.resolution`. Of
`parsing` it may import `syntax`; not `units`, `references` or `extract`.
"""
