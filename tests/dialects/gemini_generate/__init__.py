"""Tests of `detente.dialects.gemini_generate`."""
