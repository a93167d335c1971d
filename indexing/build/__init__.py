"""Builds an index: parses what changed and writes a new generation.

- `commit_indexer`: indexes a commit without checking it out
- `indexer`: indexes a worktree, a few files per transaction
- `parser_pool`: worker processes that parse files; survives crashes and hangs
- `parser_process`: the worker's side of the pool
- `file_watcher`: watches a worktree for file changes

It does not know search or ranking. It must not import `ranking`, `symbols`, `history`, `search` or
`repository`.
"""
