"""What HTTP, protocols and services share.

- `error_bodies`: `Problem`: status, code and JSON of each error (429 busy, 503 down …)
- `json_values`: checks JSON from clients: depth, texts that can be encoded
- `metrics`: Prometheus metrics
- `sse`: server-sent event responses; stops work when the reader leaves
- `thread_relay`: delivers events of a worker thread to the event loop

It does not know routes, keys or services: it is the lowest room of `server` and must not import any
other.
"""
