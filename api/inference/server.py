"""Connections to the inference process: a frame in, its work queued, a frame out. One request at a time on each."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal

from api.inference.jobs import Job, Key
from api.inference.models import Models
from api.inference.scheduler import Lane, Limits, stop
from api.inference.wire import HEADER, Message, frame_length, pack, pack_array, pack_error, unpack
from engine.errors import UsageError, WinnowError
from engine.protocols import MatchesTokens, Remembers, Reranker, TellsLabels
from engine.types import Float32, Passage

log = logging.getLogger(__name__)

_GRACE = 10.0  # seconds for what is in flight when the process is asked to end
# Of the longest wait: reranking that has not begun by then is given up, since a search has an answer without it.
_TO_BEGIN = 0.5
_SHORT = 1024  # tokens: a query beyond it is no short job and goes with the documents


class InferenceServer:
    """Two lanes compute at the same time: queries in one, so that they never wait for a slice of the other's work."""

    def __init__(self, path: Path, limits: Limits, models: Models | None = None) -> None:
        self._path = path
        self._models = models or Models()
        self._queries = Lane("queries", self._models.compute, limits, queues=1)
        self._bulk = Lane("bulk", self._models.compute, limits, queues=2)  # reranking, then documents
        self._busy = 0
        self._to_begin = _TO_BEGIN * limits.wait_seconds
        self._began = time.monotonic()
        self._operations: dict[str, Callable[[Message], Awaitable[Any]]] = {
            "encode": self._encode,
            "score": partial(self._judge, "score"),
            "labelled": partial(self._judge, "labelled"),
            "truncated": self._truncated,
            "remembered": self._remembered,
            "match": self._match,
            "encoder": self._describe_encoder,
            "reranker": self._describe_reranker,
            "stats": self._stats,
        }

    async def run(self, stopped: asyncio.Event, encoders: list[str], rerankers: list[str]) -> None:
        """Load the models named, serve until `stopped` is set, then finish what is in flight."""
        lanes = [asyncio.create_task(lane.run()) for lane in (self._queries, self._bulk)]
        await asyncio.gather(*map(self._models.encoder, encoders), *map(self._models.reranker, rerankers))
        server = await asyncio.start_unix_server(self._serve, sock=_bind(self._path), backlog=1024)
        log.info("Serving models on %s", self._path)
        await stopped.wait()
        server.close()
        self._path.unlink(missing_ok=True)
        until = time.monotonic() + _GRACE
        while self._busy and time.monotonic() < until:
            await asyncio.sleep(0.01)
        await stop(lanes)
        for lane in (self._queries, self._bulk):
            lane.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        following = asyncio.create_task(reader.readexactly(HEADER.size))
        try:
            while True:
                body = await reader.readexactly(frame_length(await following))
                following = asyncio.create_task(reader.readexactly(HEADER.size))
                answer = asyncio.create_task(self._answer(body))
                # A client that hangs up while we work has no use for the answer.
                await asyncio.wait({answer, following}, return_when=asyncio.FIRST_COMPLETED)
                if not answer.done():
                    answer.cancel()
                    break
                writer.write(answer.result())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass  # the client is gone, or it is none
        except asyncio.CancelledError:
            pass  # the process ends; asyncio would log a handler that says so
        finally:
            following.cancel()
            with suppress(BaseException):
                await following
            writer.close()

    async def _answer(self, body: bytes) -> bytes:
        self._busy += 1
        try:
            message = unpack(body)
            return pack({"result": await self._operations[message["op"]](message)})
        except WinnowError as error:
            return pack({"error": pack_error(error)})
        except (KeyError, TypeError, ValueError) as error:
            return pack({"error": pack_error(UsageError(f"A message is not understood: {error!r}."))})
        finally:
            self._busy -= 1

    async def _encode(self, message: Message) -> Any:
        model = await self._models.encoder(message["model"])
        if not message["texts"]:
            return pack_array(model.encode([], role=message["role"]))
        prompts = message.get("prompts")
        key = Key("encode", message["model"], message["role"], prompts and tuple(sorted(prompts.items())))
        job = Job(key, message["texts"], _future(), deadline=_deadline(message))
        if key.role == "query" and job.remaining <= _SHORT:
            self._queries.submit(job)
        else:
            background = key.role == "document" and job.deadline is None  # an ingest, which must not fail for haste
            self._bulk.submit(job, urgency=1, patient=background)
        return pack_array(await job.done)

    async def _judge(self, operation: Literal["score", "labelled"], message: Message) -> Any:
        model = await self._models.reranker(message["model"])
        if operation == "labelled" and not _labels(model):
            raise UsageError(f"{message['model']} gives one score, no labels.")
        passages = _passages(message)
        if not passages:
            return pack_array(getattr(model, operation)(message["query"], []))
        key = Key(operation, message["model"])
        begin_by = asyncio.get_running_loop().time() + self._to_begin
        job = Job(key, passages, _future(), message["query"], _deadline(message), begin_by)
        self._bulk.submit(job)
        return pack_array(await job.done)

    async def _truncated(self, message: Message) -> int:
        model = await self._models.reranker(message["model"])
        return await asyncio.to_thread(model.truncated, message["query"], _passages(message))

    async def _remembered(self, message: Message) -> list[bool]:
        model = await self._models.reranker(message["model"])
        if not isinstance(model, Remembers):
            raise UsageError(f"{message['model']} remembers no passages.")
        return await asyncio.to_thread(model.remembered, _passages(message))

    async def _match(self, message: Message) -> Any:
        model = await self._models.encoder(message["model"])
        if not isinstance(model, MatchesTokens):
            raise UsageError(f"{message['model']} has no vectors of tokens.")
        return pack_array(await asyncio.to_thread(model.match, message["query"], message["texts"]))

    async def _describe_encoder(self, message: Message) -> Any:
        model = await self._models.encoder(message["model"])
        if "prompts" in message:
            model = model.with_prompts(message["prompts"])
        fingerprint = await asyncio.to_thread(lambda: model.fingerprint)  # it reads every byte of the weights
        return {
            "max_tokens": model.max_tokens,
            "languages": _sorted(model.languages),
            "fingerprint": fingerprint.to_json(),
            "matches_tokens": isinstance(model, MatchesTokens),
        }

    async def _describe_reranker(self, message: Message) -> Any:
        model = await self._models.reranker(message["model"])
        return {
            "name": model.name,
            "max_tokens": model.max_tokens,
            "languages": _sorted(model.languages),
            "special_tokens": model.special_tokens,
            "labels": _labels(model),
            "remembers": isinstance(model, Remembers),
        }

    async def _stats(self, _: Message) -> Any:
        lanes = {"queries": self._queries, "bulk": self._bulk}
        return {
            "models": self._models.names(),
            "uptime_seconds": time.monotonic() - self._began,
            "lanes": {
                name: {"waiting": lane.waiting, "backlog_seconds": lane.backlog, **asdict(lane.counts)}
                for name, lane in lanes.items()
            },
        }


def _labels(model: Reranker) -> list[str]:
    return list(model.label_names) if isinstance(model, TellsLabels) else []


def _passages(message: Message) -> list[Passage]:
    return [Passage(text, stored=stored) for text, stored in message["passages"]]


def _sorted(languages: frozenset[str] | None) -> list[str] | None:
    return None if languages is None else sorted(languages)


def _future() -> asyncio.Future[Float32]:
    return asyncio.get_running_loop().create_future()


def _deadline(message: Message) -> float | None:
    """The job's deadline on this clock: time left travels as seconds, so two processes need not agree on a clock."""
    left = message.get("left")
    return None if left is None else asyncio.get_running_loop().time() + left


def _bind(path: Path) -> socket.socket:
    """A socket that only its owner can open, put in place of a dead process's in one step."""
    temporary = path.with_name(f"{path.name}.{time.monotonic_ns()}")
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(temporary))
    except OSError as error:  # the kernel's limit is about 100 bytes
        raise UsageError(f"No socket can be made at {path}: {error}.", "Choose a shorter path.") from error
    temporary.chmod(0o600)
    temporary.replace(path)
    return bound
