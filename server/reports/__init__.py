"""A review as others read it: text for people, SARIF, and the annotations of forges' CI.

Each module makes text of the JSON of a review and knows nothing of how it was made. What comes from
a repository or a model is data in each of these forms, and is escaped as the form wants it.
"""
