"""Scripts that run inside the sandbox beside a project's tests; Python 3.8 or newer.

- `rooftree_django`: Django test runner that prints results like pytest
- `rooftree_results`: names, prints and traces unittest results
- `rooftree_trace`: pytest plugin that records the lines each test runs
- `rooftree_unittest`: runs unittest by pytest-style names

These modules are mounted read-only and run by the project's own Python, not ours. They use the
standard library (and the project's pytest or Django) and must not import any other package of ours.
"""
