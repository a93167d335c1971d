"""Several endpoints behind one alias: routing, retries, fallback, load limits.

- `attempts`: tries of one call: next endpoint, pauses, when to give up
- `breaker`: circuit breaker: a failing endpoint is left alone for a while
- `call_requirements`: what a call needs of an endpoint; the key of its conversation
- `events`: the event that a pool reports to metrics and logs
- `pool`: `EndpointPool`: the client that sends each call to a working endpoint
- `reported_contexts`: what servers say of their models' contexts, asked once a minute
- `routes`: aliases, versions, weights and fallbacks from the configuration
- `slots`: concurrency limit and queue of one endpoint (raises `ModelBusyError`)
- `tracing`: OpenTelemetry span of each try
- `upstream`: one endpoint: its client, health and load

It does not know what is asked or what answers mean. Of `models` it may import `client`, `wire` and
`chat`; not `gateway`, `probing` or `conformance`.
"""
