"""Haystack's retriever component: https://docs.haystack.deepset.ai/docs/retrievers."""

from __future__ import annotations

from typing import Any

from api.adapters.hits import metadata_of
from api.client import Winnow
from api.client.connection import URL
from api.client.missing import needs

with needs("winnow-client[haystack]", "The adapter for Haystack"):
    from haystack import Document, component, default_from_dict, default_to_dict
    from haystack.utils import Secret


@component
class WinnowRetriever:
    """The best passages of a collection as Documents, whose id is the passage's.

    `api_key` is read from WINNOW_API_KEY by default, if it is set. `options` are those of `api.client.Winnow.search`,
    such as {"k": 5}; those of a run replace those of the component. Raises the client's ApiErrors.
    """

    def __init__(
        self,
        url: str = URL,
        collection: str = "default",
        *,
        api_key: Secret | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.url = url
        self.collection = collection
        self.api_key = api_key or Secret.from_env_var("WINNOW_API_KEY", strict=False)
        self.options = options or {}
        self._client = Winnow(url, api_key=self.api_key.resolve_value())

    @component.output_types(documents=list[Document])
    def run(self, query: str, options: dict[str, Any] | None = None) -> dict[str, list[Document]]:
        """Search for `query`."""
        answer = self._client.search(query, self.collection, **{**self.options, **(options or {})})
        return {
            "documents": [
                Document(id=hit.chunk_id, content=hit.text, meta=metadata_of(hit, answer), score=hit.score)
                for hit in answer.hits
            ]
        }

    def to_dict(self) -> dict[str, Any]:
        """Serialise for pipelines kept in files; a key that was given as a text cannot be kept there.

        Haystack loads it again with `Pipeline.loads(text, allowed_modules=["api.adapters.haystack"])`.
        """
        kept: dict[str, Any] = default_to_dict(
            self, url=self.url, collection=self.collection, api_key=self.api_key.to_dict(), options=self.options
        )
        return kept

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> WinnowRetriever:
        """Make the retriever that `to_dict` serialised."""
        parameters = data["init_parameters"]
        parameters["api_key"] = Secret.from_dict(parameters["api_key"])
        made: WinnowRetriever = default_from_dict(cls, data)
        return made
