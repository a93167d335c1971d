"""Test results: what a runner printed, as outcomes per test.

- `draft_files`: files of a draft that are looked into for names
- `failures`: what a model has to know of failing tests: name, place, error
- `missing_dependencies`: says which package a command lacked, and who gets it how
- `named_places`: finds the file of a test by its class and its name
- `report_files`: reports that runners leave as files
- `reports`: entry point: parses output of pytest and all other runners
- `runners/`: parsers for other languages' runners: add a test runner here
- `selection`: chooses test files that mention a definition
- `test_places`: finds the file of a test that is named without one
- `trace`: lines that tests ran; Ochiai suspiciousness

Output comes from foreign code: it shows what a runner claims, no more. It starts no process.
"""
