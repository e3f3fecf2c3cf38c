"""The simulator's own parts, room by room; the official clients against it are in `tests/sim`."""
