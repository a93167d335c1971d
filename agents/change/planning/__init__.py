"""Plans: what to change, where, and which tests show it.

- `plan`: `Plan` and `Target`; the playbooks; reads a plan edited by a person
- `planner`: makes a plan by search and a model
- `traceback`: the places that a traceback in a task names

It does not know how edits are made. Of `change` it must not import `coding`, `outcome`, `reviewer`,
`flow` or `change_run`.
"""
