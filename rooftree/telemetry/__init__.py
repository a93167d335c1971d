"""Events of a run, logs, and OpenTelemetry traces."""
