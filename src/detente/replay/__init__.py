"""What recorded traffic would have been under other terms, or without somebody.

Reads a ledger, decides anew, prices anew, compares: `detente whatif` and `detente drill`.
"""
