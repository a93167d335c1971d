"""A project's own tests and checks: how they are found, run and read.

- `checks`: `Checks`: runs tests in the sandbox, collects results, traces lines
- `commands`: the sandbox's command for an operation or a suite
- `draft_runs`: one command at a time on a copy with the draft; remembered results
- `configuration/`: what a person says of its commands, and whether it counts
- `contained/`: scripts that run inside the sandbox beside the tests
- `detection/`: finds what a project can have done by its files
- `environments/`: finds the Python that runs the tests
- `operations`: `ProjectOperation` and `Project`: named commands with fixed arguments
- `programs/`: languages by their programs; how a runner is told to run single tests
- `results/`: parses test output; maps tests to files; traces
- `suite`: `PythonSuite`: tests that run from one folder
- `test_file_names`: which files hold tests
- `test_settings`: files that decide what tests say; a change cannot prove itself by them
- `toolchains/`: installations and package caches to mount in the sandbox

It does not know models or agents. Of `tools` it must not import `linters` or `model_tools`.
"""
