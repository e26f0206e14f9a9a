"""Giving a collection its rules (engine/curation.py): one commit, over the same documents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.curation import Curation
from engine.errors import InvalidCuration, InvalidFilter
from engine.filters import Schema, check_filter, field_type, parse_filter
from engine.store.writer import open_writer


def curate(home: Path, collection: str, rules: Curation) -> int:
    """Put `rules` in the place of those that the collection has, and return its generation.

    Raises:
        InvalidCuration: a boost names a field that the collection does not have, or one of another type.
        CollectionNotFound: there is no such collection.
        WriterBusy: somebody else writes to it.
    """
    with open_writer(home, collection) as writer:
        _check(rules, writer.manifest.metadata_schema)
        if writer.manifest.curation == rules:
            return writer.manifest.generation
        return writer.publish(lambda manifest: replace(manifest, curation=rules)).generation


def _check(rules: Curation, schema: Schema) -> None:
    try:
        for boost in rules.boosts:
            check_filter(parse_filter(boost.filter), schema)
        kinds = {rule.field: field_type(rule.field, schema) for rule in rules.recency}
    except InvalidFilter as error:
        raise InvalidCuration(f"A boost cannot be used: {error.message}", error.remedy) from error
    for field, kind in kinds.items():
        if kind != "date":
            raise InvalidCuration(f"{field!r} is a {kind}, and recency needs a date.", "Name a field of dates.")
