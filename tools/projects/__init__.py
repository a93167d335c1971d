"""A project's own verification: which tests and checks it has, and their results.

`detect` names the `operations` of a project by its files (`python_detect` those of Python, `names`
those that hold tests), `python` finds an interpreter that can run its tests, `reports` reads what a
test runner printed, `selection` maps definitions to tests and `trace` tells which lines a test ran.
`contained/` is what runs beside foreign code, inside the sandbox. Nothing here knows of models or
changes.
"""
