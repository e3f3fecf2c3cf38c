"""Tests of `detente.dialects.openai_embeddings`."""
