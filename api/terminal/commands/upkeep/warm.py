"""`winnow warm`: read passages with the reranker before anybody asks."""

from __future__ import annotations

from dataclasses import asdict

from engine.terminal.options import CollectionArgument, Home, Json, NamedCollection, collection_of, home_of
from engine.terminal.output import count, print_json


def warm(
    argument: CollectionArgument = None, collection: NamedCollection = None, home: Home = None, as_json: Json = False
) -> None:
    """Read all passages with the reranker now, so that no question has to wait for it. Ctrl-C loses nothing.

    Without it a passage is read when a question first finds it. What is read is kept under WINNOW_CACHE, 9 kB a
    passage.
    """
    from api.terminal.progress import counted
    from engine.collection import open_collection
    from indexer import warming

    name = collection_of(argument, collection)
    with open_collection(name, home=home_of(home)) as opened, counted("read", "passage") as watch:
        done = warming.warm(opened, watch)
    if as_json:
        print_json({"collection": name, **asdict(done)})
    else:
        known = done.passages - done.read
        print(f"{name}: {count(done.read, 'passage')} read, {count(known, 'passage')} known before")
