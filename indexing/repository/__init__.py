"""One repository and its index: locking, refreshing, status."""
