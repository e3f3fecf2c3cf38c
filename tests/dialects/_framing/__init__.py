"""Tests of `detente.dialects._framing`."""
