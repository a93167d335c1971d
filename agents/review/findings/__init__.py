"""What a review says, as values.

- `anchors`: finds the lines of a quoted text
- `discards`: counts claims that were dropped, by reason
- `finding`: `Finding` and `SuggestedFix`; severities and categories
- `gaps`: what was not looked at, collected while a review goes on
- `similar_quotes`: anchors quotes that are not quite exact
- `outcome`: `Review`: findings and what was not looked at
- `ranking`: removes duplicates, sorts, selects inline findings
- `diff_regions`: lines of one side of a file that its diff shows
- `suggested_fixes`: proves that a fix applies and parses

It is the lowest room of `review`: it must not import `checks`, `reading`, `flow` or `review_run`,
and does not ask models.
"""
