"""How often a model calls the right tool rightly, by each way of offering tools."""
