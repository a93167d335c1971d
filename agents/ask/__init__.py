"""The ask flow: question to answer, with citations checked against the files.

- `abstention`: decides from evidence whether to answer "not found"
- `answer`: `GitOutput`: status, text, citations, coverage
- `asker`: the flow: search, abstain, read, cite, summarise, check
- `citation_groups`: joins neighbouring hits of a file into one cited place
- `citations`: checks a citation against the bytes of its blob
- `summary`: prompt and claim check of the model's summary

It does not know HTTP, the command line or how runs are stored. It must not import `change` or
`review`, or AutoGen other than through `runtime`.
"""
