"""Puts a model's claims to the test: one that fails with the change and passes without it.

- `prover`: has tests written for the claims that are left, and says what came of each
- `written_tests`: asks the model for a test of one claim
- `measured_proof`: runs a test on both sides, and with the lines of the claim taken back
- `intent`: whether what a test shows is meant to be so

What a model says of its own test counts for nothing. Of `review` it may import `reading`, `checks`
and `findings`; not `flow` or `review_run`.
"""
