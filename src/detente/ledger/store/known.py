"""What the ledger's writer remembers between two steps.

>>> known = Known(classes=ledger.classes(), prefixes=ledger.prefixes())
>>> known.next_block
1
"""

import msgspec

from detente.ledger.store.batch import Class
from detente.ledger.store.interface import PREFIX_NUMBERS_END

OpenIntents = dict[str, dict[bytes, bytes]]
"""By owner and id: the record, as its worker wrote it, of every request that is open."""


class Known(msgspec.Struct, kw_only=True):
    """What outlives a step, in line with the ledger; where a commit fails it is read again.

    `prefixes` numbers the beginnings of ids. `by_bytes` finds a class by the bytes of the
    intent that say it, and by what the settlement adds.
    """

    open: OpenIntents = {}
    classes: dict[Class, int] = {}
    prefixes: dict[bytes, int] = {}
    next_class: int = 1
    next_prefix: int = 1
    prefixes_end: int = PREFIX_NUMBERS_END
    next_block: int = 1
    by_bytes: dict[tuple[bytes, str, int, str | None, str | None], int] = {}
