"""Operations on an index.

- `index`: indexes a repository
- `languages`: languages of an index, and how deep each is understood
- `status`: what an index holds, lacks and skipped

They do not know HTTP or terminals and must not import `protocols`, `http` or `cli`.
"""
