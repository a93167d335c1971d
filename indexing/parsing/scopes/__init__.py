"""What a file binds: imports, variables with their types, base classes; read while it is parsed.

`scope` is the value and how the manifest keeps it, `reading` fills it from the captures of a query,
`receivers` reads what stands before a use, and one module a language knows the syntax of its nodes.
Nothing here knows another file: `indexing.symbols.resolution` tells what a name refers to.
"""
