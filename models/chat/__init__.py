"""Chat values, without I/O: messages, tool calls, JSON schemas, thinking, edit formats."""
