"""Arguments and options that several benchmark commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.errors import UsageError
from engine.models.checkpoints.presets import BUNDLED

DataSet = Annotated[
    str,
    typer.Argument(
        metavar="DIR_OR_NAME", help="A BEIR or parquet folder, a zip file of one, or a name.", show_default=False
    ),
]
Measures = Annotated[
    str | None,
    typer.Option(
        "--measures",
        metavar="NAMES",
        help="Which to show: accuracy, precision, recall, MRR, MAP, nDCG, each @ any rank, with commas between.",
        show_default="nDCG@10,R@100,MRR@10,MAP@100,P@10,Success@10,Unjudged@10",
    ),
]
Split = Annotated[str, typer.Option("--split", help="Which judgements: qrels/SPLIT.tsv.")]


def listed(names: str) -> tuple[str, ...]:
    """The names of a list with commas, blank ones left out."""
    return tuple(name.strip() for name in names.split(",") if name.strip())


def whole_numbers(numbers: str, option: str, example: str) -> tuple[int, ...]:
    """The whole numbers of such a list. UsageError."""
    found = []
    for word in listed(numbers):
        try:
            found.append(int(word))
        except ValueError:
            raise UsageError(f"{word!r} is not a whole number.", f"Give {option} as in {example}.") from None
    return tuple(found)


def models_of(models: str | None) -> tuple[str, str]:
    """(encoder, reranker) of `--models ENCODER[,RERANKER]`, the bundled ones where not given. UsageError."""
    if models is None:
        return BUNDLED, BUNDLED
    encoder, *others = (name.strip() for name in models.split(","))
    if not encoder or len(others) > 1:
        raise UsageError(f"--models takes ENCODER or ENCODER,RERANKER, not {models!r}.")
    return encoder, (others[0] if others else "") or BUNDLED
