"""A run on disk: what was done, once and in order, so that it can be resumed, shown and replayed.

- `budget`: limits of model calls, tokens and seconds
- `conversations`: which requests go on from an earlier one: counted and written down by what is new
- `run_lookup`: resolves `last` or a run id to a run of this repository
- `lifecycle`: opens and closes a run; sets up its sandbox
- `step_log`: `StepLog.once`: append-only log; on resume what stands in it is not done again
- `recorded_model`: a model client whose answers are kept in the log
- `replay`: repeats a run with another model
- `shell_approval`: asks a person for a command that a model wrote
- `store`: `RunStore`: run folders, `run.json`
- `team`: `Team`, `TeamMember`: what roles share; asks models, shortens text
- `wall_clock`: ends what takes too long

It does not know what a run is about or AutoGen. It must not import `runtime`, `evidence`, `ask`,
`change` or `review`.
"""
