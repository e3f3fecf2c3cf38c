"""The way to providers: credentials, addresses, connections and their pools.

`reach.py` works out once how each deployment is reached (`endpoint.py`); `dial.py` opens a
connection, `connections.py` keeps it; `probe.py` looks at a provider without a request.
"""
