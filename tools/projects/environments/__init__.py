"""Choose the Python and the runner for each test suite."""
