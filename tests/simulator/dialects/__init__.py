"""The wire APIs as pure functions."""
