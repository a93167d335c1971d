"""The HTTP server: application, routes, listeners, connections.

- `app`: builds the application; errors as JSON
- `connections`: limits connections per client
- `http1`: HTTP/1.1 with deadlines (uvicorn protocol); 408 for slow clients
- `interruption`: answers that break off: server stop or crash
- `listeners`: TCP and unix sockets; the token file
- `openapi`: the OpenAPI document and the page at /docs; `docs/` has the page's files
- `routes`: routes of the table of operations, as JSON or events
- `serve`: starts, drains and stops the server

It does not know how requests are answered. It must not import `cli`.
"""
