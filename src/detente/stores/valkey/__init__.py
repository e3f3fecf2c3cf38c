"""Limits of many machines in a Valkey or a Redis: windows, nothing that must not be forgotten."""
