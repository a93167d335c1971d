"""Agents with tools: what rooftree makes of a task, beside another agent with the same model.

`trajectory` is the form of a good model's way through a task, and `tasks/` holds twenty-four of
them; `sets` are the tasks of a run, `sides` who is compared, `peer` the one that is not rooftree
(driven by `drivers/`, with its own Python), `judging` decides, and `results` makes the table. `run`
puts them together. Nothing of a task is ever run outside the sandbox.
"""
