"""The review flow: measured evidence first, then a model's claims, and no finding without a reason.

`tested` runs the tests that concern what was changed, before and after it, and finds the lines
that broke them (`causes`, `broken`), tests that hang (`hangs`) and those that could not be
collected (`uncollected`); `static` asks the static tools; `removed` tells what is gone and still
used; `opinions` asks a model, whose findings must quote the code, and `refuter` lets it try to
refute them independently; `anchors` finds the lines of a quote in the `regions` that a diff shows
of either side, by `nearness` where the quote is not quite right; `discards` counts the claims that
are not told, `suggestions` proves that a fix applies and parses, `ranking` decides what is shown.
What could not be looked at is said (`outcome`). It does not know AutoGen, HTTP, forges or the
command line.
"""
