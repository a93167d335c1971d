"""A change before and while it is applied: snapshot, draft, working copy, diff, apply, undo.

- `apply`: applies an approved draft to the user's tree; finishes or undoes it
- `applying/`: replaces one file after another without losing data
- `approval_view`: the diff as shown for approval; warnings on its lines
- `difference`: unified diff of one file
- `draft`: `Draft`: new file contents over a snapshot, with a digest; saved and loaded
- `encoding`: text encoding of a file, kept through an edit
- `line_ends`: keeps CRLF and LF line ends through an edit
- `matching`: fast line matching (patience diff)
- `program`: `DraftProgram`: the files of a draft with resolvable names
- `protected`: paths that a change may not touch; `protected_paths.toml` lists them
- `file_state`: what is at a path now: nothing, a file, or something unreadable
- `snapshot`: `Snapshot`: file names and blobs when a change began
- `syntax`: whether files still parse
- `workspace`: `Workspace`: the copy in which foreign code runs

It does not know models, tests or why a change is made. Of `tools` it may import `sandbox`,
`approvals` and `once`; not `diffs`, `edits`, `projects`, `linters` or `model_tools`.
"""
