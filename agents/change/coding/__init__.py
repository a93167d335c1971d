"""How the coder makes drafts: edits, repairs, infilling, renames, new tests."""
