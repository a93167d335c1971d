"""AutoGen: the only room that imports it. None of its types leave this room.

- `client`: our model client as AutoGen's `ChatCompletionClient`
- `roles`: a flow's roles as a GraphFlow
- `teams`: runs a team under a time limit, with events; translates errors
- `tools`: our functions as AutoGen tools with strict arguments
- `worker`: one agent that chooses its own tools

It does not know what agents do or how runs are stored. It must not import `runs`, `evidence`,
`ask`, `change` or `review`.
"""
