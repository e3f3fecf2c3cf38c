"""Tests of `detente.dialects.gemini_count_tokens`."""
