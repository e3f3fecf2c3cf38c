"""Tests of `detente.dialects.ollama_chat`."""
