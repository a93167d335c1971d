"""Static analysis of changed files: what is new compared with before.

- `bandit`: security checks of Python (Bandit)
- `linter_runner`: runs our linters in the sandbox on both sides
- `project_linters`: a project's own linters, as they are told to look at single files
- `remarks`: `LinterRemark`; which of them a change introduced
- `ruff`: errors in Python
- `structure`: checks for every language: syntax errors, conflict marks, secrets, debuggers

A review does not use the repository's own linter settings; after an edit they count, as its author
has them. It does not know models or agents. Of `tools` only `model_tools` may import it.
"""
