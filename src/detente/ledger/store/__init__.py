"""The ledger on disk: journals that workers append to, and the SQLite file made of them.

`segment` is the journal's format, `journal` its writer (one a worker, on the hot path),
`ingest` the step by which the one process that writes the ledger moves journals into
`database`, and `reading` answers questions about the result. `register` is the file of what
people declared and answered. Nothing here decides or prices.
"""
