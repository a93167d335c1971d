"""All that rooftree can be asked to do, each a module: a name, a request, a response, a scope."""
