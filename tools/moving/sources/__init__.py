"""One Python file that is edited.

- `source`: its tree, its bytes, and edits of them
- `bindings`: what its top level binds
- `import_lines`: its imports, put in and taken out
- `all_names`: what it offers in `__all__`

It does not know other files, but for the names of modules.
"""
