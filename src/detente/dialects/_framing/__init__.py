"""How bytes are cut: server-sent events, and the top-level members of a JSON object."""
