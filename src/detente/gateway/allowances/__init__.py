"""Budgets and limits at work: what workers lease, requests reserve, the control process grants.

`reservation.py` is what the straight line calls, `purse.py` the worker's leases, `treasury.py` the
control process's part. The arithmetic is pure, in `detente.accounts`.
"""
