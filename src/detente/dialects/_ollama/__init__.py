"""What Ollama's dialects share: errors."""
