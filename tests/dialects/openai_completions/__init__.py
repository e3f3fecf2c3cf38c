"""Tests of `detente.dialects.openai_completions`."""
