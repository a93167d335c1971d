"""Find secrets and redact them before a text is stored, shown or sent."""
