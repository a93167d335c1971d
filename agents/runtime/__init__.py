"""AutoGen: the only room that imports it. None of its types leave this room.

- `roles`: a flow's roles as a GraphFlow
- `teams`: runs a team under a time limit, with events; translates errors

It does not know what agents do or how runs are stored. It must not import `runs`, `evidence`,
`ask`, `change` or `review`.
"""
