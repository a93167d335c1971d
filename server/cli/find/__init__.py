"""Commands that find something in a repository.

- `ask`: `rooftree ask` and `rooftree chat`
- `history`: `rooftree history`
- `repo_map`: `rooftree map`
- `search`: `rooftree search`
- `symbols`: `rooftree symbols` and `rooftree references`

They do not know how an answer is found. They must not import `main`.
"""
