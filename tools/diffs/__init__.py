"""Changes under review: a parsed diff, and both of its sides as files.

`patch` reads a unified diff into files and blocks of changed lines, `proposal` finds what the files
hold before and after it, `commits` makes a snapshot of a commit, and `hidden` finds characters that
a person does not see. `gone` tells the definitions that a change takes away, `uses` and `file_uses`
who still uses them, by `program`, one side's files whose names can be resolved, `python_imports`
and `signatures`. A diff is untrusted text: it is used only once it fits the files.
"""
