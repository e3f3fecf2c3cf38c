"""What the gateway tells its operator, line by line on standard error.

Lifecycle and faults only; never a prompt, an answer or a key.
"""

import sys


def say(sentence: str) -> None:
    """One line, at once."""
    sys.stderr.write(f"detente: {sentence}\n")
    sys.stderr.flush()
