"""The flows in which models work: answer a question, make a change, review a change.

- `runs/`: a run on disk: log, budget, events, replay; the team that roles share
- `runtime/`: AutoGen: roles and teams; the only room that imports it
- `evidence/`: what tests prove: fault localization, verification of drafts
- `loop/`: a model at work with tools: steps, limits, context, exits
- `ask/`: answers a question with checked citations and a summary
- `change/`: plans, edits, tests and reviews a change until it can be applied
- `review/`: reviews a diff or a range of commits

It does not know HTTP or the command line and must not import `training` or `server`. `ask`,
`change` and `review` must not import each other; they may import `loop`, `evidence`, `runs` and
`runtime`. `loop` may import `evidence`, and both may import `runs` and `runtime`, which import
neither each other nor anything above.
"""
