"""Commands for the host: config, doctor, index, serve, keys, gc, evaluate."""
