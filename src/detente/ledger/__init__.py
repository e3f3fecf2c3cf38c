"""What every request was, cost, and was decided by: the ledger's arithmetic and its store.

`entries` joins a worker's records into entries and `pricing` finds the price of a deployment;
both are pure. `store/` touches files: journals, the SQLite ledger, and the step between them.
Imports only `canonical`.
"""
