"""The simulated identity services."""
