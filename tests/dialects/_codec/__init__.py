"""Tests of `detente.dialects._codec`."""
