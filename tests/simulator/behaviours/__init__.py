"""What the next request meets, byte by byte."""
