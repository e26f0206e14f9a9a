"""Where the home, the caches and the configuration file are. It imports little: a command that only asks a running
service needs no settings.
"""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path

CONFIG_VARIABLE = "WINNOW_CONFIG"
HOME_VARIABLE = "WINNOW_HOME"


def default_home() -> Path:
    """Where collections are kept if nobody says otherwise: the user's folder for data, as the system has it."""
    return user_data_path("winnow")


def default_cache() -> Path:
    """Where what can be made again is kept if nobody says otherwise: the user's folder for caches."""
    return user_cache_path("winnow")


def shown_default_home() -> str:
    """The same for people: with `~` for the user's own folder."""
    path = default_home()
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)


def config_file() -> Path:
    """Where the configuration file is, or would be."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named).expanduser() if named else user_config_path("winnow") / "config.toml"


def probable_home(option: Path | None) -> Path | None:
    """The home that the option, the environment, the file or the default names, without checking any other setting;
    None where the file cannot be read, which `engine.settings` tells.
    """
    if option is not None:
        return option.expanduser()
    for name, value in os.environ.items():
        if name.upper() == HOME_VARIABLE:
            return Path(value).expanduser()
    try:
        written = config_file().read_bytes()
    except FileNotFoundError:
        return None if CONFIG_VARIABLE in os.environ else default_home()
    except OSError:
        return None
    import tomllib  # here: most have no such file

    try:
        named = tomllib.loads(written.decode()).get("home")
    except ValueError:
        return None
    if named is None:
        return default_home()
    return Path(named).expanduser() if isinstance(named, str) else None
