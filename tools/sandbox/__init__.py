"""Runs foreign code contained and limited, or refuses.

- `executor_choice`: chooses an executor by configuration and proves it
- `engines/`: bubblewrap with its system call filter (seccomp), podman, docker; add an engine here
- `selftest/`: tries to escape from an executor before it is used
- `process/`: what all engines share: command, limits, watchdog, output

It does not know what is run or why. Of `tools` it must not import `diffs`, `edits`, `projects`,
`linters` or `model_tools`. Inside: `executor_choice` imports `engines` and `selftest`, and these
import `process`.
"""
