"""Interfaces to users and programs: command line, HTTP server, and what they share.

- `base/`: error bodies, metrics, server-sent events, relay between threads
- `access/`: API keys, scopes, request checks, limits
- `reports/`: a review as text, SARIF or CI annotations
- `services/`: the process behind all interfaces: repositories, models, background work
- `operations/`: our API: one module per operation; routes, client and `--json` derive from it
- `protocols/`: protocols of others: the OpenAI API
- `http/`: the HTTP application, listeners, connections, HTTP/1.1
- `cli/`: the `rooftree` command

It does not know how anything is done: that is in `agents`, `tools` and `indexing`. No other package
may import it. A room may import only rooms listed before it.
"""
