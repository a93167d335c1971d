"""Finds what tests a project has, by its files.

- `detect`: entry point: all operations of a project
- `ini`: parses setup.cfg, tox.ini and pytest.ini in linear time
- `nearest_tests`: chooses the test commands nearest to changed files
- `other_languages`: tests of Node, Go, Rust, Maven and make projects
- `python_detect`: test suites of a Python project
- `python_settings`: import folders, pytest options and tox variables

It runs nothing and does not know which interpreter will run the tests.
"""
