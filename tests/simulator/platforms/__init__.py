"""What only one platform says."""
