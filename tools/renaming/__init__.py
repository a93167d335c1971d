"""Renames a Python definition with all its references, by name resolution and without a model.

- `rename`: renames everywhere, or refuses and lists the places in the way
- `resolving`: what each place of a name means
- `scopes`: occurrences of a name in one file, and the scope that binds each

It does not know tasks, models or tests. Of `tools` it must not import `linters` or `model_tools`.
"""
