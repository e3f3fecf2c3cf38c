"""Contracts as code: read, decided, explained. Pure; imports `canonical` and located errors only.

`load` reads agreement files; `reference.decide` is the plain evaluator that stands beside the
prose, `compile_agreements` the same answers for the hot path; `explain` puts them in sentences.

>>> decision = compile_agreements(world, load(files)).decide(question)
"""

from detente.agreements.agreement import Agreement, AgreementSet, Place
from detente.agreements.clause import Clause
from detente.agreements.compiled import CompiledAgreements, compile_agreements
from detente.agreements.parse import load

__all__ = [
    "Agreement",
    "AgreementSet",
    "Clause",
    "CompiledAgreements",
    "Place",
    "compile_agreements",
    "load",
]
