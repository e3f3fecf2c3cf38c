"""Simulated identity services: what hands out tokens and keys, and what verifies them."""

from detente.simulator.identity.admission import aws_secrets, bearer_problem, session_problem
from detente.simulator.identity.tokens import Claims, Problem, issue, issue_keys, problem_of

__all__ = [
    "Claims",
    "Problem",
    "aws_secrets",
    "bearer_problem",
    "issue",
    "issue_keys",
    "problem_of",
    "session_problem",
]
