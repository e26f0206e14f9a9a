"""No secret reaches a log: whatever is about to be written is searched for what looks like one."""

from __future__ import annotations

import logging
import re

_HIDDEN = "[redacted]"
# What every record has beside its message: where it comes from. Searched too, it would take most of a log line's time.
_OWN = frozenset(vars(logging.makeLogRecord({})))
_PATTERNS = (
    re.compile(r"(\bwk_[0-9a-f]{12}_)[\w-]+"),  # the id stays: it tells whose key it was
    re.compile(r"(\b(?:proxy-)?authorization\b[\"']?\s*[:=,]\s*b?[\"']?(?:bearer|basic|token)\s+)[^\s\"',;]+", re.I),
    re.compile(
        r"(\b(?:api[_-]?key|x-api-key|access[_-]?token|password|secret)[\"']?\s*[:=,]\s*b?[\"']?)[^\s\"'&,;)]+", re.I
    ),
    re.compile(r"(\bbearer\s+)[\w.~+/=-]{8,}", re.I),
    re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{0,100}:)[^\s/@]{1,200}(?=@)", re.I),  # a URL's password
)


def redact(text: str) -> str:
    """`text` without keys, credentials in headers and parameters, and passwords in URLs."""
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{_HIDDEN}", text)
    return text


class RedactingFilter(logging.Filter):
    """Put on handlers: a logger's own filters do not see what the loggers below it pass up."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)  # what a handler would cache here
        if record.exc_text:
            record.exc_text, record.exc_info = redact(record.exc_text), None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        for name, value in record.__dict__.items():  # `extra`, which structured logs print
            if name not in _OWN and isinstance(value, str):
                record.__dict__[name] = redact(value)
        return True


def redact_logs() -> None:
    """Filter every handler of the root logger and of the loggers that have their own. Call it after logging is
    set up.
    """
    loggers = [logging.getLogger(), *map(logging.getLogger, list(logging.Logger.manager.loggerDict))]
    for handler in {handler for logger in loggers for handler in logger.handlers}:
        if not any(isinstance(known, RedactingFilter) for known in handler.filters):
            handler.addFilter(RedactingFilter())
