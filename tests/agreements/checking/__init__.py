"""The parts of `detente check`."""
