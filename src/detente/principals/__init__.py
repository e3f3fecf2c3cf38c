"""Who may call and administer: keys and their hashes, scopes, roles, claims of tokens. Pure."""
