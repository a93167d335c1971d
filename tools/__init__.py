"""What an agent may do to a repository: search it, read it, draft a change, run its checks.

A tool is a plain object with one async method of typed arguments and a docstring that a model can
read. It checks its own arguments, returns text for the model and keeps the structured result for
the flow that owns it. `snapshot`, `workspace`, `draft` and `apply` are a change's way from files to
files; `checks` runs the project's own tests on it, in `sandbox/`; `edits/` reads what models write
as edits, `projects/` finds a project's tests, `diffs/` and `linters/` look at changes of others.
Nothing here knows which agent asks, or by which framework.
"""
