"""Whether a process can serve: what it needs, looked at one by one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from time import monotonic

from api.service.service import Service
from engine.errors import WinnowError
from engine.text.language import warm_up

log = logging.getLogger(__name__)

OK = "ok"
_AGAIN = 5.0  # seconds until models that could not be loaded are tried again


class Readiness:
    """Loads the collections' models as soon as it is made, in the background; then tells what is and is not ready."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._models = "loading"
        self._tried = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._load, name="loads models", daemon=True)
        self._thread.start()

    def checks(self) -> Mapping[str, str]:
        """Name of a part -> "ok", or what is wrong with it. It takes as long as a look at the catalogue."""
        return {
            "catalogue": _outcome(self._service.collections.names),
            "inference": _outcome(self._service.inference_stats),
            "models": self._models,
        }

    def wait(self, seconds: float) -> None:
        """Wait until the models were loaded, or could not be, but at most so long."""
        self._tried.wait(seconds)

    def close(self) -> None:
        self._stopping.set()

    def _load(self) -> None:
        began = monotonic()
        while (outcome := _outcome(self._warm_up)) != OK:
            self._models = outcome
            self._tried.set()
            log.warning("The models of the collections are not loaded: %s", outcome)
            if self._stopping.wait(_AGAIN):
                return
        self._models = OK
        self._tried.set()
        log.info("The models of the collections were loaded in %.1f s.", monotonic() - began)

    def _warm_up(self) -> None:
        warm_up()
        self._service.models.load_used()


def _outcome(look: Callable[[], object]) -> str:
    try:
        look()
    except WinnowError as error:
        return error.code
    except Exception:  # readiness must have an answer
        log.exception("A part of the service cannot be looked at")
        return "error"
    return OK
