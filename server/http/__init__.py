"""The HTTP server: listeners, connections, deadlines, and the application."""
