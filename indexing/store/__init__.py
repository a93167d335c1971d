"""The manifest in SQLite: schema, checksums, damage checks, garbage collection."""
