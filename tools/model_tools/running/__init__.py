"""The tool `run`: what a model may have run in the sandbox, and who is asked before.

- `free_commands`: which commands may run without asking: exact argument lists alone
- `history`: git log, show and blame without denied files
- `run`: the tool: tests, named operations, commands that a person approves
- `shell`: commands that are no operation, on a draft; what they write is told and gone

It does not know which agent calls it.
"""
