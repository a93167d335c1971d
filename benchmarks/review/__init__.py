"""The review benchmark, "revert the fix": real changes with one known fault, and quiet ones.

`instances` is the manifest's form and `instances.json` the manifest; `histories` and `diffs` read
mirrors, `materialise` makes an instance's repository with the two commits to compare. `sides` are
who is compared (`static`, `prompt`, `chance`, rooftree), `findings` what they all answer with,
`facts` what is true of one answer and `score` what follows from many; `run` puts them together and
`check` proves the manifest, which `benchmarks/mining` made with `fixes`, `meaning` and `blame`.
Mirrors, environment and sandbox are the repair benchmark's.
"""
