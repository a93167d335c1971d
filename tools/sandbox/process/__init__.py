"""What every sandbox engine shares: the command, its limits, and the watchdog.

- `supervisor`: starts a contained program, drains its output, ends it
- `disk_monitor`: disk usage of a running program
- `execution`: `Executor` protocol, `Command`, `Limits`, `Execution`
- `memory_monitor`: memory of a program and its children
- `mount_points`: where the workspace may be mounted; refuses symlinks
- `namespace_bounds`: kernel limits inside the sandbox's namespaces
- `proc_files`: reads /proc, fast
- `capped_output`: keeps head and tail of a program's output, at most N bytes
- `toolchains`: Python installations and virtual environments to mount
- `unmapped_memory`: memory held in pipes, sockets and memory files
- `watchdog`: memory and writes of a process tree, from /proc

It is the lowest room of `sandbox`: it must not import `engines`, `selftest` or `executor_choice`.
"""
