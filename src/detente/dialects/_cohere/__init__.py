"""What Cohere's dialects share: errors, and the body of embeddings, which Amazon hosts, too."""
