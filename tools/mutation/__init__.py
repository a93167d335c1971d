"""A change of code taken apart: the pieces that a test has to notice, each of them broken.

A function that does nothing but raise, or return the same always, is the plainest fault there is: a
test that passes with it says nothing of the function. `taking` knows which language a file is in;
`python` reads Python by its own parser, `trees` the others by tree-sitter, with what `ecmascript`,
`golang` and `rust` say of each. Only texts are worked on; nothing is run here.
"""
