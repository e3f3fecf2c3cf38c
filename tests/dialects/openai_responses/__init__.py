"""Tests of `detente.dialects.openai_responses`."""
