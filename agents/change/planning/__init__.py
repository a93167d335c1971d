"""The plan of a change, and the planner that makes it."""
