"""Commands that look up: ask, search, history, map, symbols."""
