"""The clause types there are; a new one is one file and one line here.

Each file holds one type: its keys, what it decides (plainly and compiled) and its sentences.
"""

from detente.agreements.clauses.attest import Attest
from detente.agreements.clauses.capacity import Capacity
from detente.agreements.clauses.commit import Commit
from detente.agreements.clauses.covenant import Covenant
from detente.agreements.clauses.discount import Discount
from detente.agreements.clauses.exclusive import Exclusive
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.clauses.forbid import Forbid
from detente.agreements.clauses.grant import Grant
from detente.agreements.clauses.hold import Hold
from detente.agreements.clauses.listing import Listing
from detente.agreements.clauses.prefer import Prefer
from detente.agreements.clauses.price import Price
from detente.agreements.clauses.residency import Residency
from detente.agreements.clauses.retention import Retention
from detente.agreements.clauses.revenue_share import RevenueShare
from detente.agreements.clauses.term import Term
from detente.agreements.clauses.threshold import Threshold

CLAUSE_TYPES = (
    Grant,
    Listing,
    Exclusive,
    FirstRefusal,
    Hold,
    Forbid,
    Threshold,
    Residency,
    Retention,
    Attest,
    Capacity,
    Commit,
    Prefer,
    Price,
    Discount,
    RevenueShare,
    Covenant,
    Term,
)
"""Every clause type, in the order in which the reference describes them."""
