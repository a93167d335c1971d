"""Several endpoints behind one name: who is asked, who is not asked for a while, and who is next.

An alias (coder) has versions (coder@v3) on endpoints (gpu1). This package knows endpoints' clients,
health and load; it does not know what is asked or what the answers mean.
"""
