"""HTTP to one OpenAI-compatible endpoint, below the client.

- `endpoint`: `Endpoint` and `Deadlines`; validates URL and key
- `failures`: converts openai and HTTP errors into ours, without the key
- `infill_requests`: bodies for fill-in-the-middle: /infill, `suffix`, or marks in a prompt
- `infill_templates`: cuts what a model wrote into a hole
- `keys`: reads an endpoint's API key from environment, file or keyring
- `limits`: aborts answers that are far longer than asked for
- `network`: proxy and certificates of every outgoing connection
- `presets`: recognises the server program (vLLM, LocalAI, Ollama …) by its responses
- `presets.toml`: the known server programs: add an inference engine here
- `reported_context`: the context that a server says a model has, and how many calls it answers at
  once
- `reported_context.toml`: the pages that tell it, server by server
- `requests`: JSON bodies of chat requests; choice of adapter
- `responses`: parses model lists, completions and embeddings
- `sse`: parses server-sent events
- `stream_assembler`: joins streamed chunks into text and a whole answer
- `transport`: connection pool, deadlines, sending and receiving

It does not know why something is asked, or aliases. Of `models` it may import `chat` only.
"""
