"""How indexing and searching grow: a Django-sized repository, and made-up ones up to 100,000 files.

Real commands are run in child processes with a state folder of their own. It knows nothing of how
they do their work.
"""
