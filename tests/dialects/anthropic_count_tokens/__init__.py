"""Tests of `detente.dialects.anthropic_count_tokens`."""
