"""AutoGen: the only room that imports it. None of its types leave this room.

- `agent`: runs one agent with tools under a time limit, with events
- `client`: our model client as AutoGen's `ChatCompletionClient`
- `code_executor`: our sandbox as AutoGen's code executor
- `playbook`: a scripted model client: code decides the turns
- `roles`: a flow's roles as a GraphFlow
- `teams`: runs a team under a time limit; translates errors
- `tools`: our functions as AutoGen tools with strict arguments
- `worker`: one agent that chooses its own tools

It does not know what agents do or how runs are stored. It must not import `runs`, `evidence`,
`ask`, `change` or `review`.
"""
