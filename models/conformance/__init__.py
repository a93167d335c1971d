"""Checks of a live model server, for `rooftree endpoints`.

- `presets`: recognises the server program (vLLM, LocalAI, Ollama …) by its responses
- `run`: runs the checks: models, chat, tools, schemas, infill, context, metrics, key
- `presets.toml`: the known server programs: add an inference engine here

It is the top room of `models`: no other may import it. It does not know repositories or agents.
"""
