"""Tests of `detente.dialects.cohere_embeddings`."""
