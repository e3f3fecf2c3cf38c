"""Tests of `detente.dialects._ollama`."""
