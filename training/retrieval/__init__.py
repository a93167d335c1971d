"""How well a repository is searched, measured on the repository's own history.

`history` and `definitions` mine cases, `replay` runs them against the code as it was, `scores`
says how good the order was, `tune` learns what each part of the ranking should count. Nothing here
runs while somebody waits for an answer.
"""
