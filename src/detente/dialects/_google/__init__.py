"""What Google's dialects share: token counts, the shape of errors, what becomes of lone objects."""
