"""Policies on content around one request: its forms, who looks, what waits for an operator.

`guarded.py` is where the straight line meets them, `guard.py` what they make of one request. What a
detector finds is decided in `detente.guardrails`.
"""
