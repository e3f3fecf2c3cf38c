"""Tests of `detente.dialects._anthropic`."""
