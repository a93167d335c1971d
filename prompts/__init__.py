"""Prompt templates (Markdown with Jinja) and the loader that renders them.

- `library`: loads and renders a prompt with its id and hash; `fenced` and `neutralise` for data
- `ask/`: prompt for the summary of an answer
- `change/`: prompts for planning, editing, reproducing, testing and reviewing a change
- `edit/`: prompts that ask for an edit, one per edit format
- `loop/`: prompt for a summary of an agent's own work
- `review/`: prompts that find review findings and refute them
- `tools/`: prompts that describe tools to models without native tool calls

A prompt is a file and never a string in code; a missing value is an error. This package does not
know who sends a prompt or to which model. It imports only `rooftree`.
"""
