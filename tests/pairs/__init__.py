"""What a client is told is the same, whichever platform it came from."""
