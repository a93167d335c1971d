"""What a name refers to, across the files of one generation.

`program` reads files, their symbols and scopes out of the manifest; `entities` are what a name can
stand for; `rules` is what all languages share, and one module a language adds its own; `resolver`
answers for a use. It claims a definition only where exactly one can be established: a language
without rules here, or a name that depends on what runs, is matched by name and said to be so.
"""
