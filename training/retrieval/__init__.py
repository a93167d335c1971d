"""How well a repository is searched, measured on the repository's own history.

`history` and `definitions` mine cases, `replay` runs them against the code as it was, `scores`
says how good the order was, `evaluation` splits and sums up, `tune` learns what each part of the
ranking should count, `gate` says whether that may be used, and `bench` does it all for one
repository. Nothing here runs while a user waits for an answer.
"""
