"""The wire APIs, alone: bytes in, values out."""
