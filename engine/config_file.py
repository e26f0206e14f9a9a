"""Settings from arguments, the environment, a file and the defaults; the first that has one wins.

The file is TOML, named by WINNOW_CONFIG, else `config.toml` in the user's configuration folder. The environment is read
here rather than by pydantic-settings, whose import takes a twentieth of a search from the command line.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.errors import UsageError
from engine.home import CONFIG_VARIABLE, config_file

TABLES = ("serve",)  # of all packages: each knows its own names only
S = TypeVar("S", bound="FileSettings")


class FileSettings(BaseModel):
    """Settings of one table of the file, made by `load`."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def table(cls) -> str | None:
        """The table of the file that holds these settings; None: what stands before all tables."""
        return None

    @classmethod
    def variable(cls, name: str) -> str:
        """The variable of the environment that sets a field."""
        table = cls.table()
        return f"WINNOW_{table}_{name}".upper() if table else f"WINNOW_{name}".upper()


def load(kind: type[S], **given: Any) -> S:
    """Settings of a kind. UsageError, which names each setting that is wrong but repeats no value."""
    try:
        return kind(**{**read_table(kind), **read_environment(kind), **given})
    except ValidationError as error:
        raise UsageError(
            f"A setting is wrong: {wrong_keys(error)}.", "Fix it in the environment or the configuration file."
        ) from None


def read_table(kind: type[FileSettings]) -> dict[str, Any]:
    """Read one table of the settings file; empty without a file. UsageError: no TOML, or an unknown name.

    A misspelt limit must not mean that there is none.
    """
    data, table = _read(), kind.table()
    plain = {name: value for name, value in data.items() if not isinstance(value, dict)}
    _refuse_unknown("tables", data.keys() - plain.keys(), TABLES)
    found = plain if table is None else data.get(table, {})
    if not isinstance(found, dict):
        raise UsageError(f"{config_file()}: {table!r} must be a table.", f"Write [{table}].")
    _refuse_unknown("settings", found.keys(), kind.model_fields)
    return found


def read_environment(kind: type[FileSettings]) -> dict[str, str]:
    """Read what the environment says of these settings, by their names; variables may be in small letters, too."""
    variables = {name.upper(): value for name, value in os.environ.items()}
    return {name: variables[variable] for name in kind.model_fields if (variable := kind.variable(name)) in variables}


def _refuse_unknown(what: str, names: Collection[str], known: Collection[str]) -> None:
    if unknown := sorted(set(names) - set(known)):
        raise UsageError(f"{config_file()} has unknown {what}: {', '.join(unknown)}.", f"Known: {', '.join(known)}.")


def _read() -> dict[str, Any]:
    path = config_file()
    try:
        written = path.read_bytes()
    except FileNotFoundError:
        if CONFIG_VARIABLE in os.environ:
            raise UsageError(
                f"{CONFIG_VARIABLE} names {path}, which does not exist.", "Make it, or unset it."
            ) from None
        return {}
    import tomllib  # here: most have no such file

    try:
        return tomllib.loads(written.decode())
    except ValueError as error:  # it is no TOML, or no UTF-8
        raise UsageError(f"{path} is not valid TOML: {error}.", "Fix the file.") from None


def wrong_keys(error: ValidationError) -> str:
    """Each key of a file that is wrong, and why, without its value and without pydantic's own words."""
    parts = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, part['loc'])) or 'the file'}: {reason(part['msg'])}" for part in parts)


def reason(message: str) -> str:
    """The message of pydantic about a value, without the kind of exception and the full stop."""
    return message.removeprefix("Value error, ").rstrip(".")
