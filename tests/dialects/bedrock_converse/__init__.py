"""Tests of `bedrock_converse`."""
