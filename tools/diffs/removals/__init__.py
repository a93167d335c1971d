"""Removed definitions that are still used.

- `attributes`: constants and attributes of Python classes, and reads of attributes
- `both_sides`: both sides of a diff, and what is gone between them
- `file_uses`: uses of removed names in one new file
- `removed_definitions`: definitions and modules that a diff removes
- `entities`: what an import or a receiver means
- `python_imports`: imports of a Python file; which may fail
- `signatures`: parameters of Python functions; whether a call fits
- `text_references`: dotted paths and `getattr` strings that name a definition
- `usage_finder`: entry point: searches the new files for uses

It does not know how a finding is worded. Of `tools` it must not import `linters` or `model_tools`.
"""
