"""The OpenAI API under /v1.

- `context_check`: refuses prompts that exceed the context
- `api`: routes
- `ask`: the model `rooftree`: a chat answered by the ask flow
- `messages`: client messages as plain values
- `model_list`: the list of models
- `schemas`: request bodies (pydantic)
- `wire`: response JSON, whole or as chunks

It does not know listeners, keys beyond their scopes, or the command line. It must not import `http`
or `cli`.
"""
