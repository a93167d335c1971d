"""Finds the Python environment and the runner for a project's tests.

- `editable`: folders that editable installs refer to
- `installed`: the version of a package that a Python has
- `python`: candidate interpreters, in order of trust
- `setup`: the only place that decides interpreter and runner
- `setups`: remembers the decision for each suite in the run's log
- `unusable_environments`: environments that look usable and are not (conda, broken venv)

It does not know models or changes. Our own interpreter never runs a project's tests.
"""
