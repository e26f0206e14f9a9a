"""`winnow models`: which models there are, what one is, what runs one fastest, fetching one, copying one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.errors import ModelNotFound
from engine.terminal.options import Json
from engine.terminal.output import print_json, printable

if TYPE_CHECKING:
    from engine.models.checkpoints.checkpoint import Kind
    from engine.models.selftest.choosing import Measured

app = typer.Typer(help="Models: list, show, test, pull, export.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="`bundled`, a preset, a directory or a Hugging Face id.", show_default=False)]


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """Show the bundled models and those of the presets; any Hugging Face id or directory can be named as well."""
    rows = _rows()
    if as_json:
        print_json({"models": rows})
        return
    for row in rows:
        languages = ",".join(row["languages"]) if row["languages"] else "all languages"
        where = "here" if row["local"] else "not downloaded"
        size = f"{row['millions']:.1f}M parameters"
        print(f"{row['name']}  {row['kind']}  {row['model']}  {size}  {languages}  {row['licence']}  {where}")


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show what a model that is on this disk is: architecture, head, length, languages, licence, fingerprint."""
    from engine.models.describe import describe, kinds_of

    models = [describe(name, kind).to_json() for kind in kinds_of(name)]
    if as_json:
        print_json({"models": models})
        return
    for model in models:
        for field, value in model.items():
            print(f"{field}: {printable(_shown(value))}")
        print()


@app.command()
def pull(name: Name, as_json: Json = False) -> None:
    """Download a model, or both of a preset, so that it is there without a network."""
    from engine.models.checkpoints.locate import locate
    from engine.models.checkpoints.presets import PRESETS

    kinds: tuple[Kind, ...] = ("encoder", "reranker") if name in PRESETS else ("encoder",)
    places = [str(locate(name, kind)) for kind in kinds]
    if as_json:
        print_json({"name": name, "directories": places})
    else:
        print("\n".join(map(printable, places)))


@app.command()
def test(
    name: Annotated[str, typer.Argument(help="An encoder on this disk.", show_default="the bundled one")] = "bundled",
    as_json: Json = False,
) -> None:
    """Measure which run-time embeds documents fastest on this machine, and remember it; some ten seconds.

    Ingests that embed thousands of passages make this test by themselves. WINNOW_RUNTIME overrides what it finds.
    """
    from engine.models.describe import self_test

    result = self_test(name)
    if as_json:
        chosen = result.chosen
        print_json({"name": name, "chosen": chosen and chosen.name, **result.to_json()})
        return
    for one in result.measured:
        print(f"{one.name}  {printable(one.problem) if one.problem else _figures(one)}")
    print(f"many documents are embedded with {result.told()}" if result.measured else printable(result.told()))


@app.command()
def export(
    name: Name,
    out: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is empty or does not exist yet.")],
    format: Annotated[
        Literal["safetensors", "onnx"],
        typer.Option(
            "--format", help="Half-precision weights that --models takes, or an ONNX graph for other programs."
        ),
    ] = "safetensors",
    kind: Annotated[
        Literal["encoder", "reranker"] | None,
        typer.Option("--kind", help="Which model of `bundled` or of a preset.", show_default="both"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy a model that is on this disk into a folder. Of two (`bundled`, a preset) each gets a folder in DIR."""
    from engine.models.checkpoints.locate import locate_weights
    from engine.models.describe import kinds_of
    from engine.models.export import export as write

    kinds = kinds_of(name) if kind is None else (kind,)
    places = {one: out / one if len(kinds) > 1 else out for one in kinds}
    found = {one: locate_weights(name, one, download=False) for one in kinds}  # all, before any is written
    for one, place in places.items():
        write(found[one], place, format)
    if as_json:
        directories = {one: str(place) for one, place in places.items()}
        print_json({"name": name, "directory": str(out), "directories": directories, "format": format})
    else:
        print("\n".join(printable(str(place)) for place in places.values()))


def _figures(one: Measured) -> str:
    faithful = "" if one.faithful else ": too far from the reference"
    return f"{one.per_second:.1f} passages/s  cosine {one.cosine:.4f}  sign bits {one.sign_bits:.1%} equal{faithful}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {text!r}" for name, text in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(value)
    return "-" if value is None else str(value)


def _rows() -> list[dict[str, Any]]:
    from engine.models.checkpoints.presets import BUNDLED, PRESETS

    kinds: tuple[Kind, ...] = ("encoder", "reranker")
    return [_row(name, kind) for name in (BUNDLED, *PRESETS) for kind in kinds]


def _row(name: str, kind: Kind) -> dict[str, Any]:
    """The row of a model from its card, without looking for a model of the hub."""
    from engine.models.checkpoints.presets import PRESETS, PUBLISHED
    from engine.models.describe import describe

    model = getattr(PRESETS[name], kind) if name in PRESETS else name
    row: dict[str, Any] = {"name": name, "kind": kind}
    if model in PUBLISHED:
        known = PUBLISHED[model]
        return row | {
            "model": model,
            "millions": known.millions,
            "languages": known.languages,
            "licence": known.licence,
            "local": _is_here(model, kind),
        }
    bundled = describe(model, kind)
    return row | {
        "model": Path(bundled.directory).name,
        "millions": round(bundled.parameters / 1e6, 1),
        "languages": bundled.languages,
        "licence": bundled.licence,
        "local": True,
    }


def _is_here(model: str, kind: Kind) -> bool:
    from engine.models.checkpoints.locate import locate

    try:
        return bool(locate(model, kind, download=False))
    except ModelNotFound:
        return False
