"""The one loop that acts: the data plane, its processes and the admin API.

Read `exchange.py` first: one request as a straight line, with the files beside it. `server.py`
turns bytes into requests, `routing.py` asks the agreements, `plane.py` is what one configuration
means at run time. What the line calls has a room each: `callers/`, `allowances/`, `guarding/`,
`upstream/`, with `http/` below; `processes/`, `link/`, `measures/` and `admin/` are around it.
"""
