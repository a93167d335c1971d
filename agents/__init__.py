"""The flows: `ask` answers, `change/` changes code and proves it, `review/` looks at changes.

A flow uses tools and a model through `runtime`, the one place that imports AutoGen, and says what
happens as events; `runs/` writes down what it did, so that it can go on, be shown and be replayed.
Nothing here knows about HTTP or the command line.
"""
