"""The ask flow: question to answer, with citations checked against the files.

- `abstention`: decides from evidence whether to answer "not found"
- `answer`: `Answer`: status, text, citations, coverage
- `asker`: the flow: search, abstain, read, cite, summarise, check
- `citation_groups`: joins neighbouring hits of a file into one cited place
- `citations`: checks a citation against the bytes of its blob
- `claims`: sentences of a model that has looked by itself; checks their marks and names
- `commits`: checks a commit that a claim names, and what its message says
- `composition`: the text of an answer, and what of it is still to be streamed
- `found_places`: `FoundPlaces`: what a search found, checked; no checked place is no answer
- `reader`: lets a capable model look by itself, with tools, and end with claims
- `running`: the tool `run` of a question, for who may execute
- `summary`: prompt and claim check of the model's summary
- `thread`: what a question asks that goes on from earlier ones

It does not know HTTP, the command line or how runs are stored. Code decides every step, so it
needs no AutoGen. It must not import `change`, `review` or `runtime`.
"""
