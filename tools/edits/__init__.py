"""Formats of an edit of one file, each applied strictly or rejected with a reason.

`anchors` finds the lines that an edit names, `blocks` replaces them, `hunks` applies a diff,
`whole` replaces a definition (`indentation` moves it to its place), `answers` reads an edit out of
what a model wrote. All work on text and return text; none knows files, drafts or models.
"""
