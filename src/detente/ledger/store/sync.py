"""Bringing journals to the disk, from outside the workers that write them.

A worker writes into a mapping, which survives its own death; `fdatasync` on the same file, by
whoever holds a descriptor, makes it survive a loss of power. So no worker ever waits for a disk.
"""

import os
from pathlib import Path

from detente.ledger.store.segment import segments_of


def sync_journals(folder: Path) -> int:
    """Bring every segment in `folder` to the disk; returns how many there were.

    A segment that is deleted meanwhile has been taken into the ledger, so it needs no sync.
    """
    synced = 0
    for path in segments_of(folder).values():
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        synced += 1
    return synced
