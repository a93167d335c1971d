"""The tools that a model can call; what each tells it is redacted and cut.

- `editing`: tools of the change agent: read, edit, search, references, git, run
- `history`: git log, show and blame without denied files
- `read`: reads lines of an indexed file
- `search`: ranked places of one repository; how long what a tool tells may be

It does not know which agent calls a tool. No other room of `tools` may import it.
"""
