"""The ledger's tests; `records` makes what they record."""
