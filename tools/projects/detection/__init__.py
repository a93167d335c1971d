"""Finds what a project can have done, by its files.

- `detect`: entry point: all operations of a project, by a table
- `ecosystems/`: an ecosystem a module: add one there
- `ini`: parses setup.cfg, tox.ini and pytest.ini in linear time
- `nearest_tests`: chooses the test commands nearest to changed files
- `python_detect`: test suites of a Python project
- `python_settings`: import folders, pytest options and tox variables
- `python_tools`: linters and formatters that a Python project configures

It runs nothing and does not know which interpreter will run the tests.
"""
