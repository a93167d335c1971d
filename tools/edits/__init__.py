"""Edit formats: applies an edit that a model wrote to the text of one file.

- `anchors`: finds the lines that an edit names: exact, by indentation, by similarity
- `answer_parser`: entry point: parses a model's answer in its edit format and applies it
- `apply_patch`: patches in the form `*** Begin Patch`
- `blocks`: search-and-replace blocks and diff hunks
- `indentation`: moves code to another indentation
- `replace_text`: replaces text as a model copied it, from exact to similar
- `whole_definitions`: replaces a whole definition

Functions take text and return text. It does not know models' clients or agents. Of `tools` it must
not import `projects`, `linters` or `model_tools`.
"""
