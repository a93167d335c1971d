"""Our API as a table: an operation is one module with a pydantic request and response.

- `operation`: `ProjectOperation`, `Request`, `Response`, `Caller`: what every operation has
- `table`: `OPERATIONS`: add a new operation here
- `find/`: ask, search, symbols, references, map, history
- `index/`: index, status and languages; a project's commands
- `work/`: change, review, runs, and what is done with a run

HTTP routes and their OpenAPI schema, the client over the unix socket and `--json` derive from the
table. It does not know HTTP, listeners or terminals and must not import `protocols`, `http` or
`cli`.
"""
