"""Moves one definition of a module's top level to another module.

- `definition`: moves it, or refuses with the places
- `cut`: what goes, and what goes along with it
- `needs`: what a definition uses of the module that it stands in
- `brought`: the imports that it brings along
- `leaving`, `joining`: the two modules
- `users`: all other files

It does not know moves of whole files.
"""
