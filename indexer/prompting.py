"""The prompts of a collection: asked for when it is made, else the encoder's own; it keeps them for its life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import CollectionNotFound, UsageError
from engine.models.checkpoints.checkpoint import read_json
from engine.models.checkpoints.declared import FILE
from engine.models.checkpoints.families import Family, family_of
from engine.models.checkpoints.locate import locate
from engine.models.encoders.prompting import prompted
from engine.models.remote.address import is_address
from engine.protocols import Encoder, ModelSource, Prompts
from engine.settings import settings
from engine.store.generation import open_generation

_ROOM = 16  # tokens that a prompt must leave to the text


@dataclass(frozen=True, slots=True)
class AskedPrompts:
    """Prompts that somebody wants before each query and each document; None leaves it to the model, "" is nothing."""

    query: str | None = None
    document: str | None = None

    def given(self) -> Prompts:
        """The prompts that were given, by role."""
        return {role: prompt for role, prompt in asdict(self).items() if prompt is not None}

    def put_on(self, encoder: Encoder) -> Encoder:
        """The encoder of a new collection: these prompts, else those of the settings, else its own. UsageError."""
        chosen = {"query": settings().query_prompt, "document": settings().document_prompt}
        configured = {role: prompt for role, prompt in chosen.items() if prompt is not None}
        asked = {**configured, **self.given()}
        if any("\ud800" <= sign <= "\udfff" for prompt in asked.values() for sign in prompt):
            raise UsageError("The prompt holds bytes that are no text.", "Give it in the terminal's encoding.")
        made = prompted(encoder, {**encoder.fingerprint.prompts, **asked})
        if made is not encoder and made.max_tokens < _ROOM:
            raise UsageError(
                f"The prompt leaves {max(made.max_tokens, 0)} of the encoder's tokens to a text.",
                "Give a shorter --query-prompt or --document-prompt.",
            )
        return made


NO_PROMPTS = AskedPrompts()


def encoder_for(
    home: Path, collection: str, name: str, models: ModelSource, asked: AskedPrompts
) -> tuple[Encoder, list[str]]:
    """The encoder of that name, and remarks on its prompts: those that the collection was made with, or of a new one
    those that are asked for.

    UsageError for other prompts than the collection's own: all of its vectors were made with those.
    """
    try:
        with open_generation(home, collection) as generation:
            kept = generation.manifest.query_fingerprint.prompts
    except CollectionNotFound:
        made = asked.put_on(models.encoder(name))
        return made, remarks_on_prompts(name, made, asked, new=True)
    differing = [role for role, prompt in asked.given().items() if prompt != kept.get(role, "")]
    if differing:
        role = differing[0]
        raise UsageError(
            f"Collection {collection!r} has the {role} prompt {kept.get(role, '')!r}: its vectors were made with it.",
            f"Leave --{role}-prompt out, or replace the vectors: winnow reembed with the encoder and its prompts.",
        )
    made = prompted(models.encoder(name), kept)
    return made, remarks_on_prompts(name, made, asked, new=False)


def remarks_on_prompts(name: str, encoder: Encoder, asked: AskedPrompts, *, new: bool) -> list[str]:
    """Remarks on an encoder whose family was trained with prompts that its files do not declare."""
    family = _undeclared(name)
    if family is None:
        return []
    prompts = encoder.fingerprint.prompts
    lacking = [role for role, prompt in family.prompts.items() if prompt and not prompts.get(role)]
    if lacking:
        return [
            f"{name} is of the family {family.name}, which was trained with prompts, and the collection has none for "
            f"{' and '.join(_plural(role) for role in lacking)}: it will find less. `winnow reembed --encoder {name}` "
            f"makes its vectors again with {_listed(family.prompts)}."
        ]
    if new and not asked.given() and dict(prompts) == dict(family.prompts):
        return [
            f"{name} is of the family {family.name}, whose prompts are used, since its files declare none: "
            f"{_listed(family.prompts)}. --query-prompt and --document-prompt choose others."
        ]
    return []


def _undeclared(name: str) -> Family | None:
    """The family of a model whose files declare no prompts; None for one at an address, which has no files here."""
    if is_address(name):
        return None
    root = locate(name, "encoder")
    declared = read_json(root / FILE).get("prompts")
    return None if isinstance(declared, Mapping) and any(declared.values()) else family_of(root)


def _listed(prompts: Prompts) -> str:
    return " and ".join(f"{prompt!r} before {_plural(role)}" for role, prompt in prompts.items() if prompt)


def _plural(role: str) -> str:
    return {"query": "queries", "document": "documents"}[role]
