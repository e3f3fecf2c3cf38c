"""How files are written that must not be there by halves, and made that are nobody else's to read.

>>> make_private(path)
>>> write_whole(descriptor, line)
"""

import contextlib
import os
from pathlib import Path


def make_private(path: Path) -> None:
    """Makes an empty file that only its owner may read or write. SQLite would make it as the umask
    says; to one that is there, it gives the files beside it the same mode. Who may read a file
    that is there is left as somebody set it. Raises `OSError`."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def write_whole(descriptor: int, data: bytes) -> None:
    """Writes all of `data`, or raises `OSError`: a disk that is nearly full takes a part without
    a word, and says only then why it takes no more."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
