"""No core files of processes that hold credentials: a crash must not put them on a disk.

>>> forbid_core_files()
"""

import resource
from typing import Final

NO_CORE: Final = 1
"""In bytes. Too small for a file, and the one value that also stops a core from being handed to a
program (https://man7.org/linux/man-pages/man5/core.5.html, and `do_coredump` in Linux's
`fs/coredump.c`, read 2026-11-22); with 0 it would be."""


def forbid_core_files() -> None:
    """From here on, for this process and those that it starts, however it is set outside."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    limit = NO_CORE if hard == resource.RLIM_INFINITY else min(NO_CORE, hard)
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
