"""Formats of a review: text for users, SARIF, and the annotations of forges' CI.

Each module makes text of the JSON of a review whatever made it. What comes from
a repository or a model is data in each of these forms, and is escaped as the form wants it.
"""
