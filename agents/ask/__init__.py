"""The ask flow: search, abstention, citations, and the checked summary."""
