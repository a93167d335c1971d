"""Supervision of one sandboxed program: limits on memory, disk, output and time."""
