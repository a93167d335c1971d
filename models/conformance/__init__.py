"""Checks of a live model server, for `rooftree endpoints`.

- `run`: runs the checks: models, chat, tools, schemas, infill, context, metrics, key

It is the top room of `models`: no other may import it. It does not know repositories or agents.
"""
