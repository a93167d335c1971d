"""A review as others read it.

- `annotations`: workflow commands for GitHub, Gitea and Forgejo CI
- `finding_places`: where to report a finding whose lines are gone
- `sarif`: SARIF 2.1.0
- `text`: plain text for a terminal

Each module converts the JSON of a review and escapes it for its format. It does not know how a
review is made and imports nothing of `server`.
"""
