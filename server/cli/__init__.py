"""The command line: one module a command, each importing what it needs only when it runs.

`--help` must cost under 300 ms, so nothing here imports a model library, Chroma, AutoGen or openai
at the top.
"""

from server.cli.main import run

__all__ = ["run"]
