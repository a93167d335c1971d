"""Build a generation of the index: parser processes, the indexer, and the file watcher."""
