"""What Anthropic's dialects share: token counts, the shape of errors."""
