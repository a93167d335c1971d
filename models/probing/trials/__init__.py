"""What a model is tried at, each by requests of its own and judged by code.

- `call_edits`: edits by calling a tool, in three ways, and how each is applied
- `call_edits.toml`: the files to edit and the tools
- `context_measurement`: measures the context length that is really read
- `loop_probe`: six steps of an agent with eight tools and a long prompt
- `loop.toml`: the steps and the tools
- `needle_test`: hides codes in a long prompt and asks for them
- `probes`: the probes of one turn: requests with the judgement of their answers
- `thinking`: whether a model thinks before it answers, and how that is steered
- `tool_questions.toml`: questions that each need one tool call, or none

It does not know in which order they are made, or what follows from them (`models.probing`).
"""
