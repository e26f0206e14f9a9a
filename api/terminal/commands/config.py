"""`winnow config`: what the settings are, and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from engine.terminal.options import Json
from engine.terminal.output import print_json, printable

if TYPE_CHECKING:
    from engine.config_file import FileSettings

app = typer.Typer(help="Settings: from the environment, a file, or the defaults.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class _Setting:
    name: str  # as in the file
    variable: str
    value: Any
    source: str
    description: str


@app.callback()
def config() -> None:
    """Keeps `show` a sub-command; Typer would make the only one the command itself."""


@app.command()
def show(as_json: Json = False) -> None:
    """Show every setting, its value, and where the value comes from. Passwords are hidden."""
    from api.settings import ServeSettings
    from engine.home import config_file
    from engine.settings import Settings

    path = config_file()
    settings = [*_settings(Settings), *_settings(ServeSettings)]
    if as_json:
        fields = ("name", "variable", "value", "source", "description")
        rows = [{field: getattr(setting, field) for field in fields} for setting in settings]
        print_json({"file": str(path), "file_exists": path.exists(), "settings": rows})
        return
    print(f"# {path}{'' if path.exists() else ' (does not exist)'}")
    for setting in settings:
        print(f"{setting.name} = {printable(str(setting.value))}  # {setting.source}; {setting.description}")


def _settings(kind: type[FileSettings]) -> list[_Setting]:
    from engine.config_file import load, read_environment, read_table

    values, written, environment = load(kind).model_dump(mode="json"), read_table(kind), read_environment(kind)
    table = kind.table()
    found = []
    for name, field in kind.model_fields.items():
        variable = kind.variable(name)
        source = variable if name in environment else "file" if name in written else "default"
        shown = f"{table}.{name}" if table else name
        found.append(_Setting(shown, variable, _safe(values[name]), source, field.description or ""))
    return found


def _safe(value: Any) -> Any:
    """The value without passwords, such as that in the URL of a database."""
    from api.security.redaction import redact

    return redact(value) if isinstance(value, str) else value
