"""Tests of what Bedrock's dialects share."""
