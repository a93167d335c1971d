"""Protocols that others defined, over our operations and services. One sub-room each.

- `openai/`: the OpenAI API: models, chat, completions, embeddings

It does not know listeners or the command line. It must not import `http` or `cli`.
"""
