"""The tools that a model can call; what each tells it is redacted and cut.

- `arguments`: reads the arguments of a call with tolerance, and refuses them by cause
- `edit`: the tools `edit` and `change_file`: change the draft, show the lines around
- `find`: the tool `find`: a text, pattern or name in all files of the draft
- `history`: the tool `history`: commits by words, or one by its id
- `lint_edit`: `EditLint`: what linters newly find in edited files
- `look_up`: the tool `symbols`: definitions, callers, callees, outline
- `read`: reads lines of an indexed file
- `read_draft`: the tool `read`: lines of a file of the draft, a folder, a run's output
- `running/`: the tool `run`: tests, named operations, commands that a person approves
- `search`: ranked places of one repository; how long what a tool tells may be
- `show_diff`: the tool `diff`
- `tool`: `Tool`: name, description, arguments, and who carries it out
- `toolbox`: which tools there are for a draft
- `working_draft`: the draft that tools change, and what they have to remember of it

It does not know which agent calls a tool. No other room of `tools` may import it.
"""
