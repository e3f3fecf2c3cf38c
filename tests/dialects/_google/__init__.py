"""Tests of `detente.dialects._google`."""
