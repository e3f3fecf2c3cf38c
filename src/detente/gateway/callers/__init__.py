"""Who calls: keys, bearer tokens, AWS signatures, and what the control process keeps of them.

`principals.py` answers a request's question in the worker; `key_keeping.py` and `issuers.py` are
the control process's side. Digests, scopes and claims themselves are pure, in `detente.principals`.
"""
