"""HTTP to a model server: endpoints, transport, bodies, server-sent events, and failures."""
