"""Operations that change or review a repository, and operations on their runs.

- `apply`: applies the diff of a run, by its digest
- `change`: drafts, tests and reviews a change
- `diff`: the diff of a run, as it would be applied now
- `records`: `RunRecord`; finds the run that a request means
- `replay`: repeats a change with another model
- `resume`: continues an interrupted change
- `review`: reviews a diff or two commits
- `run`: one run: task and outcome
- `runs`: the list of runs
- `undo`: takes back what a run applied

They do not know HTTP or terminals and must not import `protocols`, `http` or `cli`.
"""
