"""An encoder that changes to a faster run-time where much is to be embedded.

Queries and the first documents are embedded by the run-time that is loaded for every command, ONNX Runtime in float32:
a second one takes a second to load. A process that goes on embedding documents asks what the self-test has found on
this machine, and one that embeds thousands makes that test where it was never made. All vectors are of one model: the
self-test admits what is within its bounds only (engine/models/selftest/choosing.py).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.models.encoders.encoder import TransformerEncoder
from engine.models.encoders.prompting import prompted
from engine.models.encoders.standing_for import StandingFor
from engine.models.loading import make_encoder
from engine.models.runtimes.execution import DEFAULT, Execution, execution, left_open
from engine.protocols import Encoder, Prompts, Role, runtimes_behind

if TYPE_CHECKING:
    from engine.models.selftest.choosing import Measured
    from engine.models.selftest.results import Result
    from engine.types import Float32

KNOWN_AFTER = 128  # documents after which a process asks what is known: as many as loading a run-time may cost
TESTED_AFTER = 2000  # documents after which it measures: half a minute's, of which the test takes some five seconds

log = logging.getLogger(__name__)

Load = Callable[[Execution], Encoder]
Test = Callable[[], "Result"]


def make_bulk_encoder(name: str, how: Execution, *, self_test: bool = True) -> Encoder:
    """A new bi-encoder that embeds much as the self-test says, which is made where need be if `self_test`; a plain one
    where there is nothing to choose.
    """
    own = make_encoder(name, how)
    if not may_change(own):
        return own
    test = (lambda: tested(name, own)) if self_test else None
    return BulkEncoder(own, Faster(lambda other: make_encoder(name, other), test))


def may_change(encoder: Encoder) -> bool:
    """Whether another run-time may take the encoder's place: it is a transformer that runs in float32."""
    return isinstance(encoder, BulkEncoder) or (isinstance(encoder, TransformerEncoder) and encoder.in_float32)


def tested(name: str, encoder: Encoder) -> Result:
    """The self-test for an encoder, made now, and kept."""
    from engine.models.selftest.results import keep_result  # here: a search needs none of it
    from engine.models.selftest.trial import run_trial

    result = run_trial(name)
    keep_result(encoder.fingerprint, result)
    return result


@dataclass(frozen=True, slots=True)
class Choice:
    """A sentence on what embeds many documents; `failed` where the self-test ended without a result."""

    told: str
    failed: bool = False


def choice_for(name: str, encoder: Encoder) -> Choice | None:
    """The choice for the encoder of that name, as it is known now; None where nothing is to be chosen."""
    from engine.models.selftest.results import kept_result

    if not may_change(encoder):
        return None
    if not left_open():
        how = execution()
        return Choice(f"{how.runtime} {how.precision}, by the settings")
    result = kept_result(encoder.fingerprint)
    if result is None:
        return Choice(f"{DEFAULT} float32: not tested on this machine (`winnow models test {name}`)")
    return Choice(result.told(), failed=result.chosen is None)


class Faster:
    """Decides once, for all prompts of one model, what embeds its documents. Safe under threads. Without `test` only
    what is known counts.
    """

    def __init__(self, load: Load, test: Test | None) -> None:
        self._load = load
        self._test = test
        self._lock = threading.Lock()
        self._documents = 0
        self._asked = self._decided = False
        self._encoder: Encoder | None = None

    def instead_of(self, own: Encoder, documents: int) -> Encoder:
        """The encoder of the next so many documents: `own`, or a faster one with its prompts."""
        if not self._decided:
            with self._lock:
                self._documents += documents
                if not self._decided:
                    self._decide(own)
        return own if self._encoder is None else prompted(self._encoder, own.fingerprint.prompts)

    def _decide(self, own: Encoder) -> None:
        from engine.models.selftest.results import kept_result

        if not self._asked and self._documents > KNOWN_AFTER:
            self._asked = True
            self._use(kept_result(own.fingerprint))
        if not self._decided and self._test and self._documents > TESTED_AFTER:
            self._use(self._test())

    def _use(self, result: Result | None) -> None:
        if result is None:
            return
        chosen = result.chosen
        if chosen is None:
            log.warning("Which run-time is the fastest is not known: %s", result.told())
        elif chosen is not result.measured[0]:
            log.info("documents are embedded with %s", result.told())
            self._encoder = self._loaded(chosen)
        self._decided = True

    def _loaded(self, chosen: Measured) -> Encoder | None:
        try:
            return self._load(execution(chosen.runtime, chosen.precision))
        except Exception as error:  # it worked when it was tested: an ingest must not end for want of speed
            log.warning("%s, which is the fastest here, cannot be loaded: %s", chosen.name, error)
            return None


class BulkEncoder(StandingFor):
    """Implements `engine.protocols.Encoder`: `own` embeds queries, and documents until `faster` has better."""

    def __init__(self, own: Encoder, faster: Faster) -> None:
        super().__init__(own)
        self._faster = faster
        self._runtimes = frozenset[str]()

    @property
    def runtimes(self) -> frozenset[str]:
        return self._runtimes

    def with_prompts(self, prompts: Prompts) -> BulkEncoder:
        """The same model with other prompts, by role; nothing is loaded again."""
        return BulkEncoder(self._own.with_prompts(prompts), self._faster)

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        """Embeddings, shape (n, dimension), in the order of `texts`; a text beyond `max_tokens` is cut at its end."""
        if role == "query":
            return self._own.encode(texts, role=role)
        encoder = self._faster.instead_of(self._own, len(texts))
        self._runtimes |= runtimes_behind(encoder)
        return encoder.encode(texts, role=role)
