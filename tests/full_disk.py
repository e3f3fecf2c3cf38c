"""A disk that is full, as far as this process can tell."""

import contextlib
import resource
from collections.abc import Generator


@contextlib.contextmanager
def file_size_limit(size_bytes: int) -> Generator[None]:
    """No file grows beyond that: as on a full disk, what fits of a write is written and counted,
    and the write after it fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
