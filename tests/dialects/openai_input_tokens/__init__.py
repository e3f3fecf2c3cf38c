"""Tests of `detente.dialects.openai_input_tokens`."""
