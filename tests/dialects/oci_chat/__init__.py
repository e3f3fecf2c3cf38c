"""Tests of `detente.dialects.oci_chat`."""
