"""`Repository`: one worktree with its index. The entry point of `indexing`.

- `full_index`: indexes a whole repository with progress
- `index_refresher`: keeps an index fresh until stopped (`index --watch`)
- `lock`: write lock of an index (`flock`)
- `refresh`: brings an index up to date before a question
- `repository`: `Repository`: index, fill vectors, search, status
- `status`: `Status`: what an index holds and lacks

It is the top room of `indexing`: no other room there may import it. It does not know tools, agents
or HTTP.
"""
