"""The admin API, `/admin/v1`: one file a group of routes, in the control process.

Read `operation.py` first: a route is a value (`Operation`) that says what it takes, what it answers
and which permission it needs; `api.py` serves all of `operations.py`, and `openapi.py` tells them.
To add a route: an `Operation` in a file of its group, and the group in `operations.py`.
"""
