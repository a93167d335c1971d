"""Evaluation of search on a repository's own history, and learning of ranking weights.

- `bench`: entry point: evaluates and tunes one repository
- `cases`: `RetrievalCase`: question, commit and right places
- `definitions`: cases from definitions and their comments
- `evaluation`: splits cases, sums up measures
- `gate`: whether learned weights may be used
- `history`: cases from commits: message and changed code
- `plot`: an evaluation as SVG
- `replay`: asks cases of the code as it was
- `scores`: accuracy, MRR, NDCG with bootstrap intervals
- `shipped_weights`: learns the shipped weights: `python -m training.retrieval.shipped`
- `tune`: learns weights from replayed cases

It does not know agents, models' answers or HTTP, and must not import `server`.
"""
