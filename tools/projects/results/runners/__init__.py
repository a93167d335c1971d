"""Parsers for the output of test runners, one module each.

- `cargo`: `cargo test`
- `golang`: `go test -json`
- `jest`: jest `--verbose`
- `junit`: JUnit XML reports (Maven, Gradle and others)
- `spec`: Node's spec reporter
- `tap`: TAP: Node, mocha, vitest, tape

Readers yield test names with outcomes. They do not know projects or how tests were started.
"""
