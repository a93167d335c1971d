"""Everything about calling models: protocol, endpoints, weights, measurement, memory sizing.

- `chat/`: values and pure functions of a chat: messages, tool calls, schemas, reasoning
- `wire/`: HTTP to one endpoint: transport, request bodies, streams, keys, network errors
- `client/`: `ModelClient`: the one way to call a model; fits prompts, emulates tool calls
- `embedded/`: the llama.cpp server that we start as a child process
- `weights/`: catalogue, download, verification and licences of weight files
- `pool/`: several endpoints behind one alias: routing, retries, fallback, circuit breaker
- `sizing/`: memory and throughput estimates, deployment plans
- `sampling`: how answers are drawn: an operator's values or a row of `sampling.toml`
- `default_endpoint`: the endpoint of the `[model]` section: a configured server or the embedded one
- `gateway`: builds the pool of all configured endpoints; entry point for callers
- `probing/`: measures what a model can do and stores it as a profile
- `conformance/`: checks what a live server supports

It does not know code, repositories or agents and must not import `indexing`, `tools`, `agents`,
`training` or `server`. A room may import only rooms listed before it. No model names in code.
"""
