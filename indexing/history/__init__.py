"""Commit search: commits by message and diff, with the symbols that they touched.

- `commit_store`: words of commit messages and diffs, kept in the manifest
- `one_commit`: one commit by its id: its message, and what it changed
- `search`: searches and ranks commits
- `touched_symbols`: maps a commit's changed lines to definitions

It does not know search in files, and must not import `repository`.
"""
