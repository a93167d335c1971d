"""The executors that contain a program.

- `bubblewrap`: Linux namespaces by `bwrap`: the arguments and their reasons
- `container`: podman or docker by command line
- `start_gate`: holds a command until the limits of its namespaces are set
- `seccomp`: the system call filter (BPF)
- `syscalls`: numbers of forbidden system calls, by machine (`syscalls.txt`)

It does not know how an engine is chosen: it must not import `executor_choice`. It may import
`process`.
"""
