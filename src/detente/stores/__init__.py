"""Where shared state lives: files of one machine, PostgreSQL, Valkey.

`interface` says what a store is asked; a folder each answers it. Every change is one atomic
transaction; the arithmetic is that of `detente.accounts`, the same for all.
"""
