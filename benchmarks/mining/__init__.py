"""How the tasks of the repair and review benchmarks were found.

- `repair_mutants`: breaks a function of a package so that its tests notice
- `repair_fixes`: small fixes of real histories, each with the test that shows it
- `review_manifest`: the instances of the review benchmark, chosen from the three below
- `review_faults`: changes of real histories that a later change repaired
- `review_mutants`: changes of real histories with one fault put in
- `review_changes`: changes of real histories with nothing known against them
- `killing_tests`: which tests notice a mutant

Nothing here runs when a benchmark does; what it made is `tasks.json` and `instances.json`.
"""
