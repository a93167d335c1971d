"""Several endpoints behind one name: selection, circuit breaking, and failover.

An alias (coder) has versions (coder@v3) on endpoints (gpu1). This package knows endpoints' clients,
health and load; it does not know what is asked or what the answers mean.
"""
