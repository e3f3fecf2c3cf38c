"""Tests of `detente.dialects.gemini_embeddings`."""
