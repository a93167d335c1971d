"""`Repository`: one worktree with its index. The entry point of `indexing`.

- `freshness`: how far the files have moved on since they were indexed
- `full_index`: indexes a whole repository with progress
- `index_refresher`: keeps an index fresh until stopped (`index --watch`)
- `index_updates`: writes an index: brings it up to date, checks it, collects garbage
- `index_vectors`: the dense tier of an index: its embedder, filling, what is missing
- `lock`: write lock of an index (`flock`)
- `opened_index`: worktree, folder, manifest and the right to write
- `refresh`: brings an index up to date before a question
- `repository`: `Repository`: search, symbols, map, status; made of the parts above
- `status`: `IndexStatus`: what an index holds and lacks

It is the top room of `indexing`: no other room there may import it. It does not know tools, agents
or HTTP.
"""
