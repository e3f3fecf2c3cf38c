"""What the real platforms said, replayed through a running gateway."""
