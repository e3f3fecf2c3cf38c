"""Policies on content through a whole gateway, by official SDKs and simulated platforms."""
