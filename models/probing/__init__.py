"""What a model can do, measured: probes, what they found, and what follows from it.

A probe is one request with a mechanical verdict; a profile is all of them with the protocol, edit
format, budgets and tier that follow. Nothing here knows repositories or agents, and nothing is
concluded from a model's name.
"""
