"""AutoGen, kept in one room: the only folder that imports it.

`playbook` is our model client as one of AutoGen's: code decides the turns, and hands to the real
model those that are its own. `agent` runs one agent with tools under a wall clock and turns what
happens into our events. None of AutoGen's types leaves this folder.
"""
