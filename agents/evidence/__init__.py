"""Evidence from tests: which code is at fault, and what a draft proves.

- `baseline`: `measure_baseline`: what the tests say before a change
- `evidence`: `Baseline`, `Evidence`: what tests said before and say of a draft
- `failure_excerpts`: the failure message of a test, shortened for a model
- `fault_localization`: ranks suspicious definitions by traces and tracebacks
- `named_dependency`: the upgrade that a task asks for
- `named_tests`: parses a task: tests, frames, renames, moves and names in it
- `new_tests`: the new tests of a draft: which they are, and how they run alone
- `own_tests`: what a change's own new tests prove (mutation checks)
- `test_placement`: where a new test file goes and how it imports what it tests
- `uncollected`: tests that could not be collected, with the error
- `verifier`: `verify`: measures a draft by its tests

It does not know which flow asks: it must not import `ask`, `change` or `review`. Only measured
tests set `Evidence.verified`.
"""
