"""Commands for models: endpoints, pull, probe, size."""
