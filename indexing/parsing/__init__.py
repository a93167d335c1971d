"""Parse files with tree-sitter into units, symbols and references."""
