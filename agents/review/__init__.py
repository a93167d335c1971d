"""The review flow: evidence before opinion, and silence where there is nothing to say.

`tested` runs the tests that speak of what was changed, before and after it, and finds the lines
that broke them; `static` asks the static tools; `opinions` asks a model, whose findings must quote
the code, and `refuter` lets it try to refute them with fresh eyes; `anchors` finds the lines of a
quote, `suggestions` proves that a fix applies and parses, `ranking` decides what is shown. What
could not be looked at is said. It does not know AutoGen, HTTP, forges or the command line.
"""
