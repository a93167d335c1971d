"""Applies one change to the user's tree file by file, losing nothing that anybody saves meanwhile.

- `attributes`: owner, mode and extended attributes that a replacement keeps
- `apply_run`: all files of a change, applied or undone in order
- `exchange`: replaces, creates or removes one file by atomic exchange
- `journal`: what is to be applied and how far it is, on disk first
- `backup_folder`: keeps the files that came out of the tree
- `file_operations`: the system calls used, replaceable in tests; crash points (`Means.at`)
- `file_location`: the open folder of a file and temporary names beside it
- `atomic_renames`: atomic exchange and no-replace rename (`renameat2`)

What is approved, and when all of it is refused, is decided in `tools.drafts.apply`. It must not
import any room of `tools` above `drafts`.
"""
