"""Where foreign code runs: contained, bounded, watched, or not at all.

`execution` says what is to run and how it ended, and is the seam; `bubblewrap` and `container` are
the executors, `seccomp` and `syscalls` the filter of system calls, `gate` and `bounds` limit the
sandbox's own namespaces, `contained`, `watchdog`, `memory`, `unseen` and `disk` run a program and
end it when it takes too much, `toolchains` finds the interpreters that a project needs, `selftest`
proves an executor before it is used and `choice` picks one or refuses. Nothing here knows what is
run or why, and nothing here ever runs a program outside a sandbox.
"""
