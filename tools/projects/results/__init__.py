"""Parse the output of test runners into outcomes, places and traces."""
