"""Kinds of provider, alone."""
