"""The model client: one class to ask any OpenAI-compatible endpoint.

- `client`: `ModelClient`: chat, completion, infill and embeddings at one endpoint
- `context_window`: fits a prompt into the context; cuts old turns and long tool results
- `counting`: counts tokens by the server's tokenizer or a calibrated estimate
- `language_model`: `LanguageModel`: the interface that client and pool share
- `optional_parts`: asks again without what a server refuses: reasoning, thinking, sampling
- `tool_fallback`: retries a tool request in another way when the server refuses one
- `tool_use`: offers tools natively, by guided JSON or as text; parses the calls
- `unavailable_model`: `UnavailableModel`: a client that says why there is no model

It does not know which endpoint was chosen or why a model is asked. Of `models` it may import `chat`
and `wire`; not `pool`, `gateway`, `probing` or `conformance`.
"""
