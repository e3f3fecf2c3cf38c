"""The chains, each by its platform's own library."""
