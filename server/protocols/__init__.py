"""Foreign protocols that the server speaks."""
