"""What platforms wrap other publishers' dialects in."""
