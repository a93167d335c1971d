"""The change flow: planner, coder and reviewer change code and prove it by tests.

- `approval`: asks for a plan, a command or a diff; applies what was approved
- `coding/`: writes the change: edits, infill, rename and move, reproduction and tests
- `flow`: order of roles, loops and limits of one change
- `needs`: what a change may spend where nobody has set it
- `outcome`: `Outcome`: what was done, measured and applied
- `planning/`: plan and planner
- `reviewer`: reviews the draft by diff and evidence
- `settling`: what is proved of the draft at the end, what was applied, or why there is none
- `state`: `ChangeState`: what the steps have returned so far
- `tool_reviewer`: a reviewer with tools, who sends back by a test or by the task's words
- `change_run`: sets up a run: snapshot, sandbox, team; resumes it

It does not know HTTP, the command line or AutoGen (only `runtime`), and must not import `ask` or
`review`. Inside, imports go down: `change_run`, `flow`, `settling`, `state`, `coding` and `outcome`
(independent of each other), `planning` and `reviewer` (independent of each other).
"""
