"""LangChain's retriever: https://docs.langchain.com/oss/python/integrations/retrievers."""

from __future__ import annotations

from typing import Any

from api.adapters.hits import metadata_of
from api.client import Winnow
from api.client.missing import needs

with needs("winnow-client[langchain]", "The adapter for LangChain"):
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from pydantic import Field


class WinnowRetriever(BaseRetriever):
    """The best passages of a collection as Documents, whose id is the passage's.

    `options` are those of `api.client.Winnow.search`, such as {"k": 5}. Raises its ApiErrors.
    """

    client: Winnow
    collection: str = "default"
    options: dict[str, Any] = Field(default_factory=dict)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        answer = self.client.search(query, self.collection, **self.options)
        return [
            Document(page_content=hit.text, metadata=metadata_of(hit, answer), id=hit.chunk_id) for hit in answer.hits
        ]
