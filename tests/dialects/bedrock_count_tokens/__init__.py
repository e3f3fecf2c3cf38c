"""Tests of `detente.dialects.bedrock_count_tokens`."""
