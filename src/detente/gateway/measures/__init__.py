"""What is counted and measured: metrics, what providers say of limits, what a snapshot has."""
