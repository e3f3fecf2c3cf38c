"""Tests of `detente.dialects.cohere_chat`."""
