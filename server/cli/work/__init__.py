"""Commands that change, review or run something.

- `change`: `rooftree change`, `apply` and `undo`
- `change_progress`: the lines that a change shows while it is made
- `project`: `rooftree project`: a project's commands; confirms those that `.rooftree.toml` names
- `terminal_approver`: asks the person at the terminal for approval
- `review`: `rooftree review`
- `runs`: `rooftree runs list`, `show` and `replay`
- `sandbox`: `rooftree sandbox run` and `selftest`

They do not know how a change is made. They must not import `main`.
"""
