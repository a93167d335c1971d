"""Plans: what to change, where, and which tests show it.

- `plan`: `Plan` and `Target`; the playbooks; reads a plan edited by a person
- `plan_text`: a plan as text that a person edits
- `planner`: makes a plan by search and a model
- `tool_planner`: a planner that reads with tools before it plans
- `traceback`: the places that a traceback in a task names

It does not know how edits are made. Of `change` it must not import `coding`, `outcome`, `reviewer`,
`flow` or `change_run`.
"""
