"""Tests of `detente.dialects.anthropic_messages`."""
