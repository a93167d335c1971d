"""What is kept of a run: its log of everything that was done once, its events, its outcome.

`log` is the checkpoint (append-only, flushed before anything builds on it), `recorded` a model that
answers from it, `store` the folders of all runs. Nothing here knows what a run is about.
"""
