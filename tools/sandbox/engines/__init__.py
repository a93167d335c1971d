"""The executors: bubblewrap and containers, and the system call filter."""
