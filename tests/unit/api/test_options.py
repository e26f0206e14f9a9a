"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.terminal.options import home_of, models_of


def test_home(tmp_path: Path, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_of(tmp_path / "not" / "yet") == tmp_path / "not" / "yet"
    assert home_of(Path("~/h")) == tmp_path / "h"
    setting(home=tmp_path / "from-environment")
    assert home_of(None) == tmp_path / "from-environment"
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="not a folder"):
        home_of(tmp_path / "file")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, (None, None)),
        ("a", ("a", None)),
        ("a,b", ("a", "b")),
        (" a , none ", ("a", "none")),
        ("a,", ("a", None)),
    ],
)
def test_models(given: str | None, expected: tuple[str | None, str | None]) -> None:
    assert models_of(given) == expected


@pytest.mark.parametrize("given", ["", ",b", "a,b,c"])
def test_models_that_are_none(given: str) -> None:
    with pytest.raises(UsageError, match="--models takes"):
        models_of(given)
