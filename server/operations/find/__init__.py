"""Operations that find something in a repository.

- `ask`: answers a question with checked citations
- `coverage`: the coverage models that several responses share
- `history`: finds commits
- `references`: finds uses of a definition
- `repository_map`: ranked map of a repository
- `search`: searches one or several repositories
- `symbols`: finds definitions by name

They do not know HTTP or terminals and must not import `protocols`, `http` or `cli`.
"""
