"""Removed definitions that are still used.

- `attributes`: reads of attributes in Python
- `both_sides`: both sides of a diff, and what is gone between them
- `file_uses`: uses of removed names in one new file
- `removed_definitions`: definitions and modules that a diff removes
- `members`: constants, enum members and annotated attributes of Python classes
- `entities`: what an import or a receiver means
- `python_imports`: imports of a Python file; which may fail
- `signatures`: parameters of Python functions; whether a call fits
- `text_references`: dotted paths and `getattr` strings that name a definition
- `usage_finder`: entry point: searches the new files for uses

It does not know how a finding is worded. Of `tools` it must not import `linters` or `model_tools`.
"""
