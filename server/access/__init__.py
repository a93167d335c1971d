"""Who may send requests, and how many.

- `allowed_roots`: repositories that a request may name
- `api_keys`: API keys and scopes in `server.sqlite`
- `authenticate`: checks API key or token; sends 401, and 429 after many wrong keys
- `client_resolver`: the client's address, also behind trusted proxies
- `request_guards`: checks Host, Origin, content type and body size (ASGI)
- `request_limit`: limits concurrent requests (503)
- `throttle`: counts wrong keys per address

It does not know routes or what is asked. Of `server` it imports `base` only; it must not import
`operations`, `protocols`, `http` or `cli`.
"""
