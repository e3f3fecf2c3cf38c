"""Every detector that needs no configuration, in the order in which they are asked.

Where two findings overlap, the longer one counts, of equal ones the first detector's.
"""

from typing import Final

from detente.guardrails.detector import Detector
from detente.guardrails.detectors.email import Email

DETECTORS: Final[tuple[Detector, ...]] = (Email(),)
"""The default ones; adding one is a file in this folder and a line here."""
