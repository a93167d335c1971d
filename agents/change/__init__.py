"""The change flow: a planner, a coder and a reviewer that change real code, and prove it.

`task` reads what is asked, `plan` and `planner` decide how, `reproduce` and `suspects` find the
place, `coder` tries edits and `verify` judges each by the project's own tests, `reviewer` looks at
the result afresh, `own_tests` says what new tests prove (`written_test` has one written), `renamed`
renames without any model, `flow` puts them together and `outcome` is what a person gets. A change
is called verified only where a test that failed passes now and nothing that passed fails. It does
not know AutoGen, HTTP or the command line.
"""
