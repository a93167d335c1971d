"""Diffs that somebody else made, with both sides as files.

- `commits`: snapshots and diffs of commits; merge base
- `diff_input`: cleans up a pasted diff: colours, mail, prefixes
- `hidden_characters`: lines with invisible characters
- `patch`: parses a unified diff into files, hunks and blocks
- `proposal`: files before and after a diff
- `removals/`: definitions that a diff removes and who still uses them

It does not know reviews or models. Of `tools` it must not import `linters` or `model_tools`.
"""
