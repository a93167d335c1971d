"""The tools that a model can call; each returns redacted text of limited length.

- `editing`: tools of the change agent: read, edit, search, references, git, run; cuts their output
- `history`: git log, show and blame without denied files
- `read`: reads lines of an indexed file
- `search`: ranked places of one repository

It does not know which agent calls a tool. No other room of `tools` may import it.
"""
