"""The clause types there are; a new one is one file and one line here.

Each file holds one type: its keys, what it decides (plainly and compiled) and its sentences.
"""

from detente.agreements.clauses.exclusive import Exclusive
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.clauses.forbid import Forbid
from detente.agreements.clauses.grant import Grant
from detente.agreements.clauses.hold import Hold
from detente.agreements.clauses.listing import Listing

CLAUSE_TYPES = (Grant, Listing, Exclusive, FirstRefusal, Hold, Forbid)
"""Every clause type, in the order in which the reference describes them."""
