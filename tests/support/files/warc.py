"""Web archives as crawlers write them."""

from __future__ import annotations

import gzip

_HTTP = {"response": "application/http; msgtype=response", "request": "application/http; msgtype=request"}


def warc(*records: tuple[str, str, str | bytes, str], packed: bool = False) -> bytes:
    """An archive of records: type, address, content and content type ("": that of HTTP); each packed by itself."""
    made: list[bytes] = []
    for kind, address, content, declared in records:
        body = content.encode() if isinstance(content, str) else content
        head = (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {address}\r\nWARC-Date: 2024-02-29T12:00:00Z\r\n"
            f"WARC-Record-ID: <urn:uuid:{len(made):032x}>\r\nContent-Type: {declared or _HTTP.get(kind, 'text/plain')}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        record = head.encode() + body + b"\r\n\r\n"
        made.append(gzip.compress(record) if packed else record)
    return b"".join(made)
