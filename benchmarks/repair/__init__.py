"""The repair benchmark: real packages with one fault each, and tests that show it.

`tasks` is the manifest's form and `tasks.json` the manifest; `archives` fetches pinned sources,
`environment` makes the virtual environment that tests run in, `suite` runs tests in the sandbox,
`materialise` puts a task's repository together, `wording` says what is asked, `judge` decides, and
`sides` are who is compared: `baseline`, one prompt, and rooftree. `run` puts them together.
`mutations` are the small faults; `benchmarks/mining` made the manifest. No code of a package is
ever run outside the sandbox, and none is kept here but the changed lines.
"""
