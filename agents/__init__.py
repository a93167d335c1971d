"""The flows that answer: so far `ask`, with its checked `citations` and its `abstention`.

A flow uses tools and a model through `runtime`, the one place that imports AutoGen, and says what
happens as events. It does not know about HTTP or the command line.
"""
