"""Static analysis of changed files: what is new compared with before.

- `bandit`: security checks of Python (Bandit)
- `linter_runner`: runs the linters in the sandbox on both sides
- `remarks`: `LinterRemark`; which of them a change introduced
- `ruff`: errors in Python
- `structure`: checks for every language: syntax errors, conflict marks, secrets, debuggers

The repository's own linter settings are not used. It does not know models or agents. No other room
of `tools` may import it.
"""
