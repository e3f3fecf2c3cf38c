"""PostgreSQL as the store that many machines share: ledger, keys, money, and windows.

Not here: which arithmetic decides (`accounts`), and when who asks (the gateway).
"""
