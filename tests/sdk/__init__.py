"""The official clients, unmodified, through a running gateway."""
