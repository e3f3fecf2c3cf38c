"""Tests of `detente.dialects._cohere`."""
