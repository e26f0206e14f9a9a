"""Options that several commands share, each defined once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from engine.errors import UsageError
from engine.home import shown_default_home
from engine.models.checkpoints.presets import PRESETS

if TYPE_CHECKING:
    from engine.filters import Filter

DEFAULT_COLLECTION = "default"
OutputFormat = Literal["table", "json", "jsonl", "csv", "md", "files"]


Home = Annotated[
    Path | None,
    typer.Option(
        "--home", help="Where collections are kept.", show_default=f"WINNOW_HOME, else {shown_default_home()}"
    ),
]
Collection = Annotated[str, typer.Option("--collection", "-c", help="The collection's name.")]
# Of commands that take the name as an argument, too: `collection_of` tells which.
NamedCollection = Annotated[
    str | None,
    typer.Option("--collection", "-c", help="The collection's name.", show_default=DEFAULT_COLLECTION),
]
CollectionArgument = Annotated[
    str | None, typer.Argument(metavar="COLLECTION", help="The same as -c COLLECTION.", show_default=False)
]
Filters = Annotated[
    list[str] | None,
    typer.Option("--filter", help="Keep only documents with field:value (>=, <, \\[a..b], a|b; repeatable)."),
]
Words = Annotated[
    list[str],
    typer.Argument(
        metavar="QUERY",
        help='Plain words; "a phrase", -without, field:value are understood; after -- nothing is an option.',
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Format = Annotated[
    OutputFormat | None,
    typer.Option(
        "--format",
        help="`table` is for people, `json` one object (the same as --json), `jsonl` an object a line, `md` Markdown, "
        "`files` a path a line.",
        show_default="table",
    ),
]
Null = Annotated[bool, typer.Option("--null", "-0", help="With --format files: NUL after each path, for `xargs -0`.")]
Hits = Annotated[int, typer.Option("-k", min=1, help="How many hits.")]
MinRelevance = Annotated[
    float | None,
    typer.Option(
        "--min-relevance",
        min=0.0,
        max=1.0,
        help="Drop hits that are less probably relevant; no hit at all is an answer.",
        show_default=False,
    ),
]
Rerank = Annotated[
    Literal["replace", "blend", "none"] | None,
    typer.Option(
        "--rerank",
        help="Whose order counts: the reranker's alone, that of its scores with the fused ones, or the fused one.",
        show_default="as the collection chose",
    ),
]
Models = Annotated[
    str | None,
    typer.Option(
        "--models",
        metavar="ENCODER[,RERANKER]",
        help="Another pair: preset, directory, Hugging Face id or address (docs/models.md) each; RERANKER may be "
        "`none`.",
        show_default=False,
    ),
]
QueryPrompt = Annotated[
    str | None,
    typer.Option(
        "--query-prompt",
        metavar="TEXT",
        help="What the encoder reads before each query, such as 'query: '; kept with the collection.",
        show_default="as the encoder or its family says",
    ),
]
DocumentPrompt = Annotated[
    str | None,
    typer.Option(
        "--document-prompt",
        metavar="TEXT",
        help="What the encoder reads before each passage; kept with the collection.",
        show_default="as the encoder or its family says",
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help=f"A pair of models by one name: {', '.join(PRESETS)}; `fast` needs no time to index, and "
        "`multilingual` is the default where most documents are not in English.",
        show_default=False,
    ),
]


def collection_of(argument: str | None, option: str | None) -> str:
    """The collection that was named, in either way. UsageError if both name different ones."""
    if argument is not None and option is not None and argument != option:
        raise UsageError(f"Two collections are named: {argument!r} and {option!r}.", "Name one, with -c.")
    return argument or option or DEFAULT_COLLECTION


def format_of(format: OutputFormat | None, as_json: bool, *, null: bool = False) -> OutputFormat:
    """The format that --format or --json names. UsageError if they differ, or if --null stands without `files`."""
    if as_json and format not in (None, "json"):
        raise UsageError(f"--json and --format {format} name two formats.", "Give one of them.")
    chosen: OutputFormat = "json" if as_json else format or "table"
    if null and chosen != "files":
        raise UsageError(f"--null ends paths, and --format {chosen} prints none.", "Add --format files.")
    return chosen


def filter_of(texts: list[str] | None) -> Filter | None:
    """The filter of all --filter options together, None without one. InvalidFilter."""
    from engine.filters import And, parse_filter

    wanted = [parse_filter(text) for text in texts or []]
    return And(tuple(wanted)) if wanted else None


def home_of(home: Path | None) -> Path:
    """The home that the option or the environment names. UsageError if it is something else than a folder."""
    from engine.settings import settings

    path = (home or settings().home).expanduser()
    if path.exists() and not path.is_dir():
        raise UsageError(
            f"{path} is not a folder.", "Give --home (or WINNOW_HOME) a folder, or a path that does not exist yet."
        )
    return path


def models_of(models: str | None, preset: str | None = None) -> tuple[str | None, str | None]:
    """(encoder, reranker) as given, None where not given. UsageError."""
    if preset is not None:
        if models is not None:
            raise UsageError("--preset and --models exclude each other.", "Give one of them.")
        if preset not in PRESETS:
            raise UsageError(f"There is no preset {preset!r}.", f"Known: {', '.join(PRESETS)}.")
        return PRESETS[preset].encoder, PRESETS[preset].reranker
    if models is None:
        return None, None
    names = [name.strip() for name in models.split(",")]
    if len(names) > 2 or not names[0]:
        raise UsageError(f"--models takes ENCODER or ENCODER,RERANKER, not {models!r}.")
    return names[0], names[1] if len(names) == 2 and names[1] else None
