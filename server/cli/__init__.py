"""The command line: one module per command.

- `main`: registers the commands; errors and exit codes
- `find/`: ask, chat, search, symbols, references, map, history
- `work/`: change, apply, undo, review, runs, sandbox
- `host/`: index, status, serve, doctor, gc, keys, config, eval, tune
- `models/`: models, endpoints
- `terminal/`: output, progress, errors, the client of a running server

`--help` must cost under 300 ms: model libraries, Chroma, AutoGen and openai are imported inside
functions. No other room may import this one. Inside, imports go down: `main`, then the commands,
then `terminal`.
"""

from server.cli.main import run

__all__ = ["run"]
