"""`winnow bench datasets`: the data sets that are known by name."""

from __future__ import annotations

import json

from engine.terminal.options import Json


def datasets(as_json: Json = False) -> None:
    """List the public data sets that `winnow bench run` knows by name, and where they are fetched from."""
    from indexer.evaluation.datasets.named import named_datasets

    known = {name: dataset.hub for name, dataset in named_datasets().items()}
    if as_json:
        print(json.dumps(known))
        return
    for name, hub in known.items():
        print(f"{name:26} {hub}")
