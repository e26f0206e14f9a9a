"""The directory that holds a model, by the model's name: bundled, preset, local directory, or Hugging Face id."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from engine.errors import ModelNotFound, UsageError
from engine.models.checkpoints.checkpoint import Kind
from engine.models.checkpoints.presets import BUNDLED, MULTILINGUAL, PRESETS, STATIC
from engine.models.checkpoints.published import graph_patterns, split_graph
from engine.models.remote.address import is_address
from engine.settings import settings

# Weights in other formats (.bin, .onnx, .h5, ...) are left on the hub, but for a graph that a name asks for.
PATTERNS = ["*.safetensors", "*.json", "*.jinja", "*.txt", "README.md"]  # the card says what the model was trained on
BUNDLED_MODELS: dict[tuple[str, Kind], str] = {  # (name, kind) -> directory below data/models
    (BUNDLED, "encoder"): "winnow-encoder",
    (BUNDLED, "reranker"): "winnow-reranker",
    (STATIC, "encoder"): "winnow-static",
    (MULTILINGUAL, "encoder"): "winnow-multilingual",
}
_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


def locate(name: str, kind: Kind, *, download: bool = True) -> Path:
    """The directory of a model's files; a hub model is downloaded on first use, unless not to. Raises ModelNotFound."""
    name, graph = split_graph(name)
    if (name, kind) in BUNDLED_MODELS:
        return _bundled(BUNDLED_MODELS[name, kind])
    if name in PRESETS:
        return locate(getattr(PRESETS[name], kind), kind, download=download)
    if is_address(name):
        raise ModelNotFound(
            "A model at an address has no files here that could be shown, copied or trained.",
            "It can embed or rerank (--models); for anything else name a directory or a Hugging Face id.",
        )
    if (directory := _directory(name)) is not None:
        return directory
    if name.startswith((".", "/", "~")) or not _HUB_ID.fullmatch(name):
        raise ModelNotFound(
            f"There is no model directory {name}.", "Give a directory, a Hugging Face id, or one of: " + _names() + "."
        )
    return _from_hub(name, download, graph_patterns(graph))


def locate_weights(name: str, kind: Kind, *, download: bool = True) -> Path:
    """The same for what is done with a model's weights. UsageError where the name asks for a graph instead."""
    if split_graph(name)[1] is not None:
        raise UsageError(f"{name} is a graph, which is neither copied nor trained.", "Leave # and the file out.")
    return locate(name, kind, download=download)


def _directory(name: str) -> Path | None:
    try:
        directory = Path(name).expanduser()
        return directory if directory.is_dir() else None
    except (OSError, RuntimeError):  # a name that is too long, the home of a user that there is none of
        return None


def _names() -> str:
    return ", ".join(dict.fromkeys([*(bundled for bundled, _ in BUNDLED_MODELS), *PRESETS]))


def _bundled(model: str) -> Path:
    directory = Path(str(files("data") / "models")) / model
    if not (directory / "modules.json").is_file():
        raise ModelNotFound(f"The bundled model {model} is missing from {directory}.", "Install Winnow again.")
    return directory


def _from_hub(repository: str, download: bool, graph: list[str]) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError

    code = ["*.py"] if settings().trust_remote_code else []
    try:
        wanted = PATTERNS + code + graph
        return Path(snapshot_download(repository, allow_patterns=wanted, local_files_only=not download))
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelNotFound(
            f"Hugging Face has no model {repository}, or it is private.",
            "Check the name, set HF_TOKEN for a private model, or give one of: " + _names() + ".",
        ) from error
    except LocalEntryNotFoundError as error:
        if download:
            raise _unreachable(repository) from error
        raise ModelNotFound(
            f"The model {repository} has not been downloaded.", f"Download it: winnow models pull {repository}."
        ) from error
    except OSError as error:  # offline mode, no network, or a server error: all of the hub's are OSErrors
        raise _unreachable(repository) from error


def _unreachable(repository: str) -> ModelNotFound:
    return ModelNotFound(
        f"The model {repository} is not in the local cache and the Hugging Face hub cannot be reached.",
        "Go online once to download it, give the directory of a copy, or use the bundled models.",
    )
