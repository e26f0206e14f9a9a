"""The service's log on stderr: a line for every request, as text or as JSON, without what was asked unless wanted."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal, cast, get_args

from api.request.record import Record
from api.security.redaction import redact_logs
from engine.errors import UsageError

LogFormat = Literal["text", "json"]

access = logging.getLogger("winnow.access")
_OWN = ("api", "winnow")
_FIELDS = "fields"  # of a log record: what is known beside the message


def log_format_of(name: str) -> LogFormat:
    """The log format of that name. UsageError for a format that does not exist."""
    for known in get_args(LogFormat):
        if name == known:
            return cast(LogFormat, known)
    raise UsageError(f"There is no log format {name!r}.", "Choose text or json.")


class JsonLines(logging.Formatter):
    """One JSON object a line: time (ISO 8601, UTC), level, logger, message, what else is known, and an exception."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, _FIELDS, {}),
        }
        if record.exc_text or record.exc_info:
            line["exception"] = record.exc_text or self.formatException(record.exc_info or (None, None, None))
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up_logs(form: LogFormat) -> None:
    """Have this process log to stderr: the service's lines from INFO on, of everything else what is a warning."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else text)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in _OWN:
        logging.getLogger(name).setLevel(logging.INFO)
    redact_logs()


def log_request(record: Record, method: str, route: str, status: int, seconds: float, *, queries: bool) -> None:
    """One line. The route is a template: a path can hold what is private, such as a document's name."""
    fields: dict[str, Any] = {
        "request_id": record.request_id,
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000.0, 1),
    }
    if record.searches:
        fields["collection"] = ",".join(record.collections)
        fields["stages_ms"] = {name: round(ms, 1) for name, ms in record.timings_ms.items()}
        fields["scored"] = sum(search.result.scored for search in record.searches)
        fields["degraded"] = record.degraded
        if queries:
            fields["queries"] = [search.result.query for search in record.searches]
    message = f"{method} {route} {status} {fields['ms']} ms {record.request_id}"
    access.info("%s", message, extra={_FIELDS: fields})
