"""Tests of `detente.dialects.bedrock_embeddings`."""
