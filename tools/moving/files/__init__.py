"""Moves or renames a module's file.

- `module_file`: moves it, or refuses with the places
- `module_users`: the files that import it

It does not know moves of single definitions, but for how a file mentions a name.
"""
