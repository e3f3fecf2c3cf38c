"""The server's side of each wire API: reading requests, answering them.

Independent of `detente.dialects` on purpose: a mistake there must not be confirmed by the
same mistake here. Dialects know no credentials and no limits; `platforms` do.
"""
