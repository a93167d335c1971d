"""Runs foreign code contained and limited, or refuses.

- `executor_choice`: chooses an executor by configuration and proves it
- `engines/`: executors: bubblewrap, podman and docker: add a sandbox engine here
- `selftest/`: tries to escape from an executor before it is used
- `process/`: what all engines share: command, limits, watchdog, output

It does not know what is run or why. Of `tools` it must not import `diffs`, `edits`, `projects`,
`linters` or `model_tools`. Inside: `choice` imports `engines` and `selftest`, and these import
`process`.
"""
