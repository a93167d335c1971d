"""The loop in which a model works with tools until it finishes, or may not go on.

- `asking`: one question to the model, put in another way where the answer is of no use
- `finish_gate`: what stands against finishing: no edit, no test run, a scratch file, …
- `loop`: `AgentLoop`, the entry point: step by step, limits, nudges, exits
- `masking`: makes room by masking old results and merging old steps
- `prompt_size`: counts a prompt's tokens by guesses that learn
- `repetition`: notices a model that goes in circles
- `result`: `LoopResult`: why a loop ended, and what it has to say
- `scout`: the tool `scout`: a loop that reads for another one
- `scouted_places`: looks up the places that a scout names
- `settings`: steps, window and limits by measured size (S, M, L)
- `summarising`: replaces a transcript by the model's summary, the task and the diff
- `toolset`: the tools of one loop; carries out the calls of one answer
- `transcript`: the messages, which only grow but for what is logged

It does not know what the tools do or which role works. It must not import `ask`, `change` or
`review`.
"""
