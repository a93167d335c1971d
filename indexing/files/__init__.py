"""Which files are indexed: walking, ignore rules, filters, and decoding."""
