"""What a person says of a project's commands, in `.rooftree.toml` or by a flag.

- `choice`: entry point: the project with what counts of it, and what is said of the rest
- `confirmations`: what a person has confirmed, kept outside of the repository
- `overriding`: puts configured operations in the place of those that were detected
- `section`: reads `[project]`, strictly, and its digest

A section comes from the repository, so it is untrusted: it counts only while a person's
confirmation of these very words is kept. It runs nothing.
"""
