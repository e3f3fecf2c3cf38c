"""Detente: an AI gateway that decides by agreement and can say why.

Importing this package imports nothing else: `detente --version` must stay cheap.
"""

__version__ = "0.1.0"
