"""Tests of `detente.dialects.ollama_embeddings`."""
