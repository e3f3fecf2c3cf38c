"""What the dialects of Amazon Bedrock share: token counts, and the shape of errors."""
