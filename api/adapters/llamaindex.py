"""LlamaIndex's retriever: https://developers.llamaindex.ai/python/framework/module_guides/querying/retriever/."""

from __future__ import annotations

import asyncio
from typing import Any

from api.adapters.hits import metadata_of
from api.client import Winnow
from api.client.missing import needs

with needs("winnow-client[llamaindex]", "The adapter for LlamaIndex"):
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode


class WinnowRetriever(BaseRetriever):
    """The best passages of a collection as nodes, whose source is the document.

    `options` are those of `api.client.Winnow.search`, such as k=5. A node's score is the relevance where the
    collection is calibrated, else the score. Raises the client's ApiErrors.
    """

    def __init__(self, client: Winnow, collection: str = "default", **options: Any) -> None:
        super().__init__()
        self._client = client
        self._collection = collection
        self._options = options

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        answer = self._client.search(query_bundle.query_str, self._collection, **self._options)
        return [
            NodeWithScore(
                node=TextNode(
                    id_=hit.chunk_id,
                    text=hit.text,
                    start_char_idx=hit.start,
                    end_char_idx=hit.end,
                    metadata=metadata_of(hit, answer),
                    relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=hit.document_id)},
                ),
                score=hit.score if hit.relevance is None else hit.relevance,
            )
            for hit in answer.hits
        ]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """Retrieve in a thread: the base class would hold up the event loop."""
        return await asyncio.to_thread(self._retrieve, query_bundle)
