"""What every interface shares: error bodies, metrics, server-sent events, thread relay."""
