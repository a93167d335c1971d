"""One change put into the user's tree file by file, in a way that loses nothing of anybody's.

`renames` are the two calls of the system that all rests on: exchange two names, and move to a name
that is free. `place` is one file's folder, held open, and the names of ours beside it; `attributes`
is what a replacement keeps of the file before; `kept` is where whatever came out of the tree lies;
`exchange` replaces, makes or removes one file by looking at what really came out; `course` brings
all files of a `journal` forth or back. What is approved, and when all of it is refused, is decided
in `tools.drafts.apply`.
"""
