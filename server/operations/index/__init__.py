"""Operations on an index.

- `index`: indexes a repository
- `status`: what an index holds, lacks and skipped

They do not know HTTP or terminals and must not import `protocols`, `http` or `cli`.
"""
