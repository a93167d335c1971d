"""Parsers for the output of test runners, one module each.

- `cargo`: `cargo test`
- `ctest`: CMake's ctest
- `golang`: `go test -json`
- `jest`: jest `--verbose`
- `junit`: JUnit XML reports (Maven, Gradle, Meson, PHPUnit and others)
- `minitest`: Minitest and Rails
- `rspec`: RSpec's report in JSON
- `spec`: Node's spec reporter
- `tap`: TAP: Node, mocha, vitest, tape, and our report of ExUnit
- `trx`: reports of `dotnet test`
- `xml_reports`: reads XML of foreign code without entities

Readers yield test names with outcomes. They do not know projects or how tests were started.
"""
