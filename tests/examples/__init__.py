"""The shipped examples: every question, every quote, every date."""
