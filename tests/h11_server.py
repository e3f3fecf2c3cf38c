"""Reads requests as h11 understands them, for upstreams that tests write themselves.

Answers nothing; what is read and what is said back is each upstream's own.

    while (request := await next_request(connection, reader)) is not None: ...
"""

import asyncio

import h11

READ_BYTES = 256 * 1024


async def next_request(
    connection: h11.Connection, reader: asyncio.StreamReader, seen: bytearray | None = None
) -> tuple[h11.Request, bytes] | None:
    """The next request with its body, None where the connection ended instead.

    What was read is added to `seen`. Raises `h11.RemoteProtocolError` for what is not HTTP.
    """
    request: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            piece = await reader.read(READ_BYTES)
            if seen is not None:
                seen += piece
            connection.receive_data(piece)
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert request is not None
            return request, bytes(body)
        else:
            return None
