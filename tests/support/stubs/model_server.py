"""A server of models on this machine that answers as told: rightly, or wrongly in every way."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

DIMENSION = 32


@dataclass(frozen=True)
class Reply:
    """`cut` sends half of the body and closes, `behead` half of the headers; `drip` sends a byte every twentieth of a second, headers included."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    behead: bool = False
    drip: bool = False


@dataclass
class ModelServer:
    """`replies` come first, each once; then `answer` decides. `asked` holds (path, headers, body) of each request."""

    url: str = ""
    seed: str = "a model"
    noise: float = 0.0
    replies: deque[Reply] = field(default_factory=deque)
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    answer: Callable[[str, Any], Any] | None = None

    def will(self, *replies: Reply) -> None:
        self.replies.extend(replies)

    def vector(self, text: str) -> list[float]:
        """A vector of unit length that depends on the text and the model, with noise of its own every time."""
        digest = hashlib.sha256((self.seed + text).encode()).digest()
        made = np.random.default_rng(list(digest)).normal(size=DIMENSION)
        made += self.noise * np.random.default_rng(len(self.asked)).normal(size=DIMENSION)
        return [float(value) for value in made / np.linalg.norm(made)]

    def right(self, path: str, body: Any) -> Any:
        """What a sound server answers; items come backwards, since their order is not promised."""
        if path.endswith("/embeddings"):
            vectors = [self.vector(text) for text in body["input"]]
            return {"data": [{"index": i, "embedding": v} for i, v in enumerate(vectors)][::-1]}
        if path.endswith("/embed"):
            return [self.vector(text) for text in body["inputs"]]
        texts = body.get("documents") or body["texts"]
        scores = [len(set(body["query"].split()) & set(text.split())) / 10 for text in texts]
        if "texts" in body:
            return [{"index": i, "score": score} for i, score in enumerate(scores)][::-1]
        return {"results": [{"index": i, "relevance_score": score} for i, score in enumerate(scores)][::-1]}


@contextmanager
def model_server(tls: ssl.SSLContext | None = None) -> Iterator[ModelServer]:
    """A server on a free port of the loopback; with `tls` it speaks https."""
    script = ModelServer()
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            script.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            reply = script.replies.popleft() if script.replies else Reply()
            answer = (script.answer or script.right)(self.path, body) if reply.body is None else reply.body
            data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            kind = "text/html" if isinstance(answer, str) else "application/json"
            headers = {"content-type": kind, "content-length": str(len(data)), **reply.headers}
            head = f"HTTP/1.1 {reply.status} x\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
            sent = head.encode() + (data[: len(data) // 2] if reply.cut else data)
            sent = sent[: sent.index(b"content-length")] if reply.behead else sent
            self.close_connection = reply.cut or reply.drip or reply.behead
            try:
                self._send(sent, reply.drip)
            except OSError:  # the client has left
                self.close_connection = True

        def _send(self, data: bytes, drip: bool) -> None:
            if not drip:
                self.wfile.write(data)
                return
            for place in range(len(data)):
                self.wfile.write(data[place : place + 1])
                if ended.wait(0.05):
                    return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    script.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
