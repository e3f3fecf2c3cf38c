"""What the file name of a journal segment says.

>>> SegmentName(worker="w0", incarnation="1700000000000000p42", seq=3).owner
'w0-1700000000000000p42'
"""

import msgspec


class SegmentName(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What a segment's file name says; the order is that of writing within an incarnation."""

    worker: str
    incarnation: str
    seq: int

    @property
    def owner(self) -> str:
        """One life of one worker: unique for good, since it holds start and process id."""
        return f"{self.worker}-{self.incarnation}"
