"""The programs that a project's commands start: whose they are, and how they are told things.

- `ecosystems`: languages' programs, files, and what to install: add a language here
- `narrowing`: how each runner is told to run single tests

They are tables and pure functions: nothing is looked for and nothing is run.
"""
