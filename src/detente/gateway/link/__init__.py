"""What processes say to each other.

Workers and the control process speak over a Unix socket (`messages.py`, with an end each in
`server.py` and `client.py`), the supervisor and its children over a socket pair (`channel.py`).
"""
