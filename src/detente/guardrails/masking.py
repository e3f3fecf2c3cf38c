"""The mark that stands where something was masked: its category, and nothing of it.

>>> mask_of("payment_card")
'[PAYMENT_CARD]'
"""

import re
from typing import Final

_NAMELESS: Final = re.compile(r"[^0-9A-Za-z]+")


def mask_of(category: str) -> str:
    """What is left of a finding of `category`: never taken for a stand-in, and put back nowhere."""
    return f"[{_NAMELESS.sub('_', category).strip('_').upper() or 'DATA'}]"
