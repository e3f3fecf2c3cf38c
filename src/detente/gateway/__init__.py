"""The one loop that acts: the data plane, its processes and the admin API.

Read `exchange.py` first: one request as a straight line. `server.py` turns bytes into requests,
`upstream.py` and `dial.py` reach providers, `routing.py` asks the agreements, `plane.py` is what
one configuration means at run time; `worker.py`, `control.py` and `supervisor.py` are processes.
"""
