"""Ten tasks of an agent, in one conversation with the official SDK's client: what the HTTP tests do, over MCP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mcp import Client

from api.service.service import Service
from indexer.ingest import ingest
from tests.api.mcp.test_tools import converse, refusal, service, told
from tests.conftest import Models
from tests.support.documents import write_folder

__all__ = ["service"]  # a fixture: the collections `notes` and `others`

LOG = "".join(
    f"line {number}: {'the pump has failed' if number == 70 else 'all is well'}\n" for number in range(1, 121)
)


def test_ten_tasks(service: Service, tmp_path: Path, models: Models) -> None:
    folder = write_folder(tmp_path / "logs", {"pump.log": LOG})
    ingest([folder], home=service.home, collection="logs", encoder=models.encoder, reranker=models.reranker)

    async def scenario(client: Client) -> None:
        known, _ = await told(client, "list_collections")  # 1: which collections are there
        assert [one["name"] for one in known["collections"]] == ["logs", "notes", "others"]
        fields, _ = await told(client, "list_fields", collection="notes")  # 2: what a filter may say
        year = next(field for field in fields["fields"] if field["name"] == "year")
        assert (year["type"], year["low"], year["high"]) == ("number", 2000, 2011) and year["values"]
        asked: dict[str, Any] = {"query": "river", "collection": "notes"}
        found, _ = await told(client, "search", **asked, filters=[f"year:>={year['high'] - 3}"], facets=["tags"])  # 3
        assert found["hits"] and all(hit["metadata"]["year"] >= 2008 for hit in found["hits"]) and found["facets"]
        many, _ = await told(client, "search", query="river", collections=["notes", "others"], k=10)  # 4: several
        assert {hit["collection"] for hit in many["hits"]} == {"notes", "others"}
        quick, _ = await told(
            client, "search", query="the old bridge", collection="notes", budget_ms=0.001
        )  # 5: a budget, and what it cost
        assert quick["hits"] and "rerank:budget" in quick["degraded"]
        pump, text = await told(
            client, "search", query="pump", collection="logs", k=1, context=60, mode="lexical"
        )  # 6: around
        hit = pump["hits"][0]
        assert len(hit["context"]["text"]) > len(hit["text"]) and hit["context"]["text"] in text
        assert hit["place"].startswith("lines ") and hit["place"] in text  # 7: where it stands in its file
        lines = range(int(hit["places"][0]["first"]), int(hit["places"][0]["last"]) + 1)
        assert 70 in lines and len(lines) < 120
        part, _ = await told(  # 8: read on
            client, "read_document", collection="logs", document_id=hit["document_id"], start=hit["end"]
        )
        assert part["start"] == hit["end"] and part["text"] and part["place"].startswith("lines ")
        why, _ = await told(client, "search", **asked, k=1, why_not="d001")  # 9: why another is no hit
        assert why["why_not"]["document_id"] == "d001" and why["why_not"]["message"]
        assert "usage" in await refusal(client, "search", **asked, min_relevance=0.5)  # nothing is calibrated here
        new = {"id": "new", "text": "A zebra.", "metadata": {"year": 2030}}  # 10: write, and take it back
        assert (await told(client, "add_documents", collection="notes", documents=[new]))[0]["added"] == 1
        zebra, _ = await told(client, "search", query="zebra", collection="notes", k=1, mode="lexical")
        assert zebra["hits"][0]["document_id"] == "new"
        assert (await told(client, "delete_documents", collection="notes", document_ids=["new"]))[0]["deleted"]

    converse(service, scenario, writes=True)
