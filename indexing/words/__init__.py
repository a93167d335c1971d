"""Words of code and questions: tokens, name parts, postings, query analysis."""
