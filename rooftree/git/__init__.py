"""Git as a subprocess: hardened command lines, streamed output, commits and their changed lines.

- `changes`: reads `git log`: commits, changed files, renames, changed line ranges
- `commands`: runs git with safe settings and environment; finds the worktree of a path
- `revision`: validates revision names given by users or models (hash, ref, `~n`)
- `stream`: reads git output piece by piece, for histories larger than memory

It does not know what is indexed, searched or reviewed. It imports only the rest of `rooftree`.
"""
