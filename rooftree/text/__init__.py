"""Text that may deceive or attack a reader: invisible characters, look-alikes, active Markdown.

- `linear_patterns`: patterns and globs that somebody else wrote, matched by RE2
- `lookalikes`: detects identifiers that mix scripts or imitate others (UTS #39)
- `safe_markdown`: makes model output render as plain text and code: no links, images or HTML
- `shortened`: cuts a text that is too long, with a note of what was left out
- `unknown_names`: "unknown name, did you mean …" messages
- `visible`: the one list of invisible characters; escapes or removes them

It imports nothing of ours and does not know where a text comes from or who is shown it.
"""
