"""Findings that need no model.

- `broken_tests`: words a finding for changed lines that break tests
- `cause_search`: finds the changed blocks that break tests (delta debugging)
- `failure_places`: the changed block on which broken tests are told
- `hanging_tests`: tests that hang with the change and finish without it
- `measurement`: all of them, in their order; what was measured is kept whenever it ends
- `removed_definitions`: words findings for removed definitions that are still used
- `scope`: which files are reviewed or skipped, and why; tests to run
- `static`: new linter remarks on changed lines
- `suite_comparison`: runs the tests before and after the change

It does not ask models. Of `review` it may import `findings`; not `reading`, `flow` or `review_run`.
"""
