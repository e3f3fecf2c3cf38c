"""How files are written that must not be there by halves.

>>> write_whole(descriptor, line)
"""

import os


def write_whole(descriptor: int, data: bytes) -> None:
    """Writes all of `data`, or raises `OSError`: a disk that is nearly full takes a part without
    a word, and says only then why it takes no more."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
