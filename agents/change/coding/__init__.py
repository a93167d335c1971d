"""The coder: ways to write a draft.

- `coder`: chooses among the ways by plan and model; has new tests prove what nothing else does
- `editor`: edits the places that a plan names, with retries
- `infill`: repairs a line by letting the model fill it in
- `line_masks`: the parts of a line that can be filled in
- `named_suspects`: suspects by name, where no trace is available
- `mechanical`: a rename, a move or an upgrade by rules, without a model
- `repair`: candidates for suspicious definitions, cheapest first
- `repair_search`: measures one candidate after another until one is verified
- `reproduce`: finds or writes a failing test for a bug
- `shown_code`: code as a prompt shows it
- `tool_coder`: a coder that chooses its own tools
- `upgraded`: which version of a dependency the tests run with
- `written_test`: has a test written for a function and measures it

It does not know how a change is reviewed or applied. Of `change` it may import `planning` and
`reviewer`; not `outcome`, `flow` or `change_run`.
"""
