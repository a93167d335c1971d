"""Moves a Python definition or file with all that refers to it, by rules and without a model.

- `move`: moves everywhere, or refuses and lists the places in the way
- `request`: what is asked for, and what it came to
- `definitions/`: a definition moves
- `files/`: a file moves
- `sources/`: one Python file: what it binds, imports and offers, and edits of that
- `python_program`, `module_names`: the files of a draft, and how they name modules
- `reached`: uses that names alone do not tell, such as texts
- `circles`: circular imports; `import_effects`: what else an import does that would be lost

It does not know tasks, models or tests. Of `tools` it must not import `linters` or `model_tools`.
"""
