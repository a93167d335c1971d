"""Test results: what a runner printed, as outcomes per test.

- `reports`: entry point: parses output of pytest and all other runners
- `runners/`: parsers for other languages' runners: add a test runner here
- `selection`: chooses test files that mention a definition
- `test_places`: finds the file of a test that is named without one
- `trace`: lines that tests ran; Ochiai suspiciousness

Output comes from foreign code: it shows what a runner claims, no more. It starts no process.
"""
