"""One search over one index: hits, and what was looked at.

- `worktree_freshness`: when the worktree was last compared with the index
- `index_coverage`: what an answer has looked at, and what it has not seen
- `hits`: chooses and reads the places that are shown
- `question_words`: how rare each word of a question is, and which hits hold it
- `merge`: merges hits of several repositories
- `query_coverage`: how much of a question the hits cover: the facts for abstention
- `search`: `Searcher`: hits with coverage

It does not know who asks, or how an index is kept fresh. It must not import `repository`.
"""
