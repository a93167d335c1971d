"""What an agent may do to a repository: so far search it and read from it.

A tool is a plain object with one async method of typed arguments and a docstring that a model can
read. It checks its own arguments, returns text for the model and keeps the structured result for
the flow that owns it. It does not know which agent asks, or by which framework.
"""
