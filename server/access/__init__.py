"""Authentication, allowed repositories, request checks, and rate limits."""
