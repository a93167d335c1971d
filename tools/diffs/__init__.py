"""Changes that somebody else made: a diff read, and both of its sides as files.

`patch` reads a unified diff into files and blocks of changed lines, `proposal` finds what the files
hold before and after it, `commits` makes a snapshot of a commit, and `hidden` finds characters that
a person does not see. A diff is foreign text: nothing of it is believed before it fits the files.
"""
