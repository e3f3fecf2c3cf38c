"""Official clients, platform by platform: straight at a simulated one, and through the gateway."""
