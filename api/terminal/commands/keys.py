"""`winnow keys`: make, list and revoke the service's API keys."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.errors import UsageError
from engine.terminal.options import Home, Json, home_of
from engine.terminal.output import print_json, printable

if TYPE_CHECKING:
    from api.security.keys import Key, KeyStore

app = typer.Typer(help="API keys of the service: create, list, revoke.", no_args_is_help=True)

_DURATION = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is, or what for.")],
    scope: Annotated[
        Literal["read", "write", "admin"], typer.Option("--scope", help="admin includes write, write includes read.")
    ] = "read",
    collection: Annotated[
        list[str] | None,
        typer.Option("--collection", "-c", help="Only for this one; may be repeated.", show_default="all"),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="TIME", help="12h, 90d, 4w or an ISO 8601 time.", show_default="never"),
    ] = None,
    filter: Annotated[
        str | None,
        typer.Option(
            "--filter",
            metavar="FILTER",
            help='The key sees only documents that pass, as in `winnow search --filter`: "team:red". It only reads.',
            show_default="every document",
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make a key. Its secret is printed once, on stdout, and stored nowhere.

    Once a home has a key, every request to its service needs one.
    """
    from api.security.keys import EVERY, KeyStore

    store = KeyStore(home_of(home))
    first = not store.any_made()
    key, secret = store.create(name, [scope], collection or [EVERY], _expiry(expires), filter)
    if as_json:
        print_json({**_fields(key), "secret": secret})
    else:
        print(secret)
    if first:
        print(
            "This is the first key of this home: from now on every request to the service needs one, on this machine "
            "too. A browser asks for it: any name, and the key as the password.",
            file=sys.stderr,
        )


@app.command("list")
def list_keys(home: Home = None, as_json: Json = False) -> None:
    """Show every key, without its secret."""
    from api.security.keys import KeyStore

    store = KeyStore(home_of(home))
    keys = store.list()
    _tell_locked_out(store)
    if as_json:
        print_json({"keys": [_fields(key) for key in keys]})
        return
    for key in keys:
        used = f"last used {key.last_used_at:%Y-%m-%d %H:%M}Z" if key.last_used_at else "never used"
        scopes, collections = ",".join(key.scopes), ",".join(key.collections)
        filtered = "" if key.filter is None else f"  only {printable(key.filter)}"
        print(f"{key.id}  {printable(key.name)}  {scopes}  {collections}  {_state(key)}  {used}{filtered}")


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="NAME_OR_ID", help="As `list` shows it.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Refuse a key from now on."""
    from api.security.keys import KeyStore

    store = KeyStore(home_of(home))
    revoked = store.revoke(key)
    if as_json:
        print_json(_fields(revoked))
    else:
        print(f"{revoked.id} ({printable(revoked.name)}): revoked")
    _tell_locked_out(store)


def _tell_locked_out(store: KeyStore) -> None:
    if said := store.locked_out():
        print(printable(said), file=sys.stderr)


def _expiry(value: str | None) -> datetime | None:
    if value is None:
        return None
    if match := _DURATION.fullmatch(value):
        return datetime.now(UTC) + int(match[1]) * _UNITS[match[2]]
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise UsageError(
            f"{value!r} is not a time.", "Give 12h, 90d, 4w, or a time such as 2030-01-31T12:00."
        ) from None
    return time.astimezone(UTC)  # without a time zone: this machine's


def _state(key: Key) -> str:
    if key.revoked_at:
        return "revoked"
    if key.expires_at is None:
        return "active"
    return f"{'expires' if key.active(datetime.now(UTC)) else 'expired'} {key.expires_at:%Y-%m-%d %H:%M}Z"


def _fields(key: Key) -> dict[str, Any]:
    times = {name: getattr(key, name) for name in ("created_at", "expires_at", "last_used_at", "revoked_at")}
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "collections": list(key.collections),
        "filter": key.filter,
        **{name: time.isoformat() if time else None for name, time in times.items()},
    }
