"""An encoder on several devices: a process for each, which share out the texts of every call.

    with on_devices("cuda:0,cuda:1") as models:
        encoder = models.encoder("BAAI/bge-m3")

A process sees its own GPU alone. Of a CPU named several times each process has its share of the threads.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import ModelUnavailable, UsageError, WinnowError
from engine.models import LocalModels
from engine.models.encoders.prompting import prompted
from engine.models.encoders.standing_for import StandingFor
from engine.models.loading import make_encoder
from engine.models.remote.address import is_address
from engine.models.runtimes.execution import Execution, execution
from engine.protocols import Encoder, Prompts, Reranker, Role
from engine.types import Float32

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_DEVICE = re.compile(r"cpu|cuda:(\d+)")
_VISIBLE = "CUDA_VISIBLE_DEVICES"


@contextmanager
def on_devices(names: str) -> Iterator[DeviceModels]:
    """Models whose encoders run on these devices, with commas between; their processes end with the context.

    Raises UsageError for what is no device, or none that the runtime can use.
    """
    models = DeviceModels(_read(names, execution()))
    try:
        yield models
    finally:
        models.close()


class DeviceModels:
    """Implements `engine.protocols.ModelSource`; rerankers run in this process."""

    def __init__(self, devices: Sequence[str]) -> None:
        self._devices = devices
        self._processes: list[_Process] = []

    def encoder(self, name: str) -> Encoder:
        if is_address(name):
            raise UsageError(f"{name} runs at its address.", "Leave --devices out.")
        own = LocalModels().encoder(name)
        how = execution()
        shared = replace(how, threads=max(1, how.threads // max(1, self._devices.count("cpu"))))
        started: list[_Process] = []
        for device in self._devices:
            started.append(_Process(device, name, shared if device == "cpu" else how))
            self._processes.append(started[-1])  # at once, so that it ends whatever comes
        for process in started:
            _raised(process.answer())  # it has loaded the model
        return SpreadEncoder(own, started)

    def reranker(self, name: str) -> Reranker:
        return LocalModels().reranker(name)

    def close(self) -> None:
        for process in self._processes:
            process.end()


class SpreadEncoder(StandingFor):
    """Implements `engine.protocols.Encoder`: `own` answers what is asked of the model, the processes embed."""

    def __init__(self, own: Encoder, processes: Sequence[_Process], lock: threading.Lock | None = None) -> None:
        super().__init__(own)
        self._processes = processes
        self._lock = lock or threading.Lock()

    def with_prompts(self, prompts: Prompts) -> SpreadEncoder:
        """The same processes with other prompts, by role; nothing is loaded again."""
        return SpreadEncoder(self._own.with_prompts(prompts), self._processes, self._lock)

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        """Embeddings, shape (n, dimension), in the order of `texts`. What a process raises is raised here; if one has
        ended, ModelUnavailable.
        """
        by_length = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
        count = len(self._processes)
        shares = [by_length[first::count] for first in range(count)]  # so that each has as much to read
        vectors = np.empty((len(texts), self.dimension), np.float32)
        prompts = dict(self._own.fingerprint.prompts)
        with self._lock:
            asked = [(process, share) for process, share in zip(self._processes, shares, strict=True) if share]
            for process, share in asked:
                process.ask([texts[place] for place in share], role, prompts)
            answers = [process.answer() for process, _ in asked]  # all, so that none is left for the next call
        for (_, share), answer in zip(asked, answers, strict=True):
            vectors[share] = _raised(answer)
        return vectors


def _raised(answer: Any) -> Any:
    if isinstance(answer, WinnowError):
        raise answer
    return answer


class _Process:
    """A process with the model on one device."""

    def __init__(self, device: str, name: str, how: Execution) -> None:
        self._device = device
        context = get_context("spawn")  # a fork would share a GPU's state, and threads that are not there
        self._connection, theirs = context.Pipe()
        environment = _environment(device)
        self._process = context.Process(target=_serve, args=(theirs, device, environment, name, how), daemon=True)
        with _without_interrupts():  # Ctrl-C is for this process, which ends the others
            self._process.start()
        theirs.close()

    def ask(self, texts: Sequence[str], role: Role, prompts: Prompts) -> None:
        with suppress(OSError):  # one that has ended: `answer` tells
            self._connection.send((texts, role, prompts))

    def answer(self) -> Any:
        """The answer that the process sends, which may be an error; ModelUnavailable if it has ended."""
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            return self._gone()

    def end(self) -> None:
        self._process.terminate()
        self._process.join()
        self._connection.close()

    def _gone(self) -> ModelUnavailable:
        self._process.join(1.0)
        return ModelUnavailable(
            f"The process that embeds on {self._device} has ended (exit code {self._process.exitcode}).",
            "Run it again: what was committed is kept. If it ends again, leave the device out.",
        )


def _serve(connection: Connection, device: str, environment: Mapping[str, str], name: str, how: Execution) -> None:
    """The life of a process: load the model, then embed until nobody asks any more."""
    os.environ.update(environment)  # before torch is imported
    try:
        if device != "cpu":
            _check_gpu(device)
        encoder = make_encoder(name, how)
        connection.send(None)
        while True:
            texts, role, prompts = connection.recv()
            connection.send(prompted(encoder, prompts).encode(texts, role=role))
    except EOFError:
        return
    except WinnowError as error:
        connection.send(error)
    except Exception as error:  # of a driver, of too little memory: it must be told, and where it was
        connection.send(ModelUnavailable(f"{device} cannot embed: {error!r:.300}.", "Leave the device out."))


def _check_gpu(device: str) -> None:
    import torch

    if not torch.cuda.is_available():
        raise UsageError(f"There is no {device} that torch can use.", "Name other --devices; `cpu` is one.")


def _read(names: str, how: Execution) -> list[str]:
    devices = [name.strip() for name in names.split(",")]
    for device in devices:
        if not _DEVICE.fullmatch(device):
            raise UsageError(f"{device!r} is no device.", "Name some such as cuda:0,cuda:1, or cpu,cpu.")
    if how.runtime != "torch" and any(device != "cpu" for device in devices):
        raise UsageError(f"The runtime {how.runtime} computes on the CPU.", "Set WINNOW_RUNTIME=torch for GPUs.")
    return devices


def _environment(device: str) -> dict[str, str]:
    """The variables by which a process sees its device alone: the GPU of that number among those that this one sees."""
    if device == "cpu":
        return {_VISIBLE: ""}
    number = int(device.removeprefix("cuda:"))
    visible = [part for part in os.environ.get(_VISIBLE, "").split(",") if part]
    if number < len(visible):
        return {_VISIBLE: visible[number]}
    return {_VISIBLE: "" if visible else str(number)}


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Keep Ctrl-C from the processes that are started here: they inherit which signals are blocked."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
