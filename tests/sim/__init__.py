"""The official clients against the simulator directly: what they accept is what it speaks."""
