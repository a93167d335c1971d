"""Renaming a definition of Python with all that refers to it, by rules and without any model.

`program` resolves names in a draft's files as the index does in the repository's, `scopes` finds
where a name stands in one file and what is hidden by variables of the same name, `rename` decides:
all of it is done, or nothing, with the places that stand in the way. None of it knows tasks,
models or tests.
"""
