"""The embedded model server: llama.cpp in a child process.

- `child`: the child process: starts llama.cpp's server and exits with its parent
- `server`: starts, watches and stops the child; returns its endpoint
- `stderr_tail`: keeps the last stderr output of a child process for error messages

It does not know who needs a server or what weights are called. Of `models` it may import `wire` and
`chat`; not `pool`, `gateway`, `probing` or `conformance`. `child` imports nothing of ours.
"""
