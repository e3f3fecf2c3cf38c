"""Every detector that needs no configuration, in the order in which they are asked.

Where two findings overlap, the longer one counts, of equal ones the first detector's: those with
check digits come first.
"""

from typing import Final

from detente.guardrails.detector import Detector
from detente.guardrails.detectors.email import Email
from detente.guardrails.detectors.iban import Iban
from detente.guardrails.detectors.ip_address import IpAddress
from detente.guardrails.detectors.mac_address import MacAddress
from detente.guardrails.detectors.national_id import NationalId
from detente.guardrails.detectors.payment_card import PaymentCard
from detente.guardrails.detectors.phone import Phone
from detente.guardrails.detectors.prompt_attack import PromptAttack
from detente.guardrails.detectors.secret import Secret
from detente.guardrails.detectors.url_credentials import UrlCredentials

DETECTORS: Final[tuple[Detector, ...]] = (
    Email(),
    PaymentCard(),
    Iban(),
    NationalId(),
    IpAddress(),
    MacAddress(),
    Phone(),
    Secret(),
    UrlCredentials(),
    PromptAttack(),
)
"""The default ones; adding one is a file in this folder and a line here."""
