"""Tests of `detente.dialects.openai_chat`."""
