"""Tests of `detente.dialects._openai`."""
