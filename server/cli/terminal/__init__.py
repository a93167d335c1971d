"""What commands share: options, streams, progress, errors, and the client of a running server.

- `common`: configuration, options, services or server; `say_nothing`
- `failures`: error messages, JSON errors, exit codes, SIGTERM
- `output`: stdout and stderr: escapes control characters
- `progress`: progress bars and streamed answers
- `remote`: client of `rooftree serve` over its unix socket
- `tool_calls`: calls of a model's tools, each as one line

It does not know any command: it must not import `main`, `find`, `work`, `host` or `models`.
"""
