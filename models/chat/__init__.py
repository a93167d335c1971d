"""A chat as values and pure functions, independent of HTTP.

- `abilities`: what a model can do (tool calls, context, infill), measured or by default
- `call_syntaxes`: reads tool calls in the tags of model families (XML, GLM, harmony, Gemma …)
- `edit_formats`: the edit formats (`unit`, `replace`, `diff`) and how a probe applies them
- `json_schemas`: validates values against JSON schemas; rewrites and shrinks schemas
- `messages`: converts messages into a form that all chat templates accept
- `normalise`: converts servers' JSON answers into `Completion`
- `stream_filter`: streams the reply text out of guided JSON while it is being written
- `text_tool_calls`: parses tool calls and JSON that a model wrote as text
- `thinking`: separates `<think>` reasoning from the answer, also while streaming
- `tokens`: estimates token counts without a tokenizer
- `types`: `ChatRequest`, `Completion`, `ToolCall`, `Usage`, `ModelInfo`
- `windows`: `ContextWindow`: how long prompts may be, and where that is known from

It is the lowest room of `models`: it must not import any other, and does not know servers.
"""
