"""Judgements: how relevant people found documents for queries."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from api.answers.base import Answer
from api.http.schemas.base import RequestBody, examples
from engine.query.request import LONGEST_QUERY
from indexer.evaluation.judging import HIGHEST, JudgedHits, Judgement

MOST_JUDGEMENTS = 1000  # of one request


class PutJudgement(RequestBody):
    """A grade, which takes the place of the one that the document had for the query."""

    query: str = Field(min_length=1, max_length=LONGEST_QUERY, description="the query that was asked")
    document_id: str = Field(min_length=1, max_length=4096, description="of a document of the collection")
    grade: int = Field(ge=0, le=HIGHEST, description="0: not relevant; 1: relevant; 2 and 3: more so")


class PutJudgements(RequestBody):
    """Judgements to keep: all of them, or none where a document is unknown."""

    model_config = ConfigDict(
        json_schema_extra=examples({"judgements": [{"query": "leave", "document_id": "leave-2026", "grade": 1}]})
    )

    judgements: list[PutJudgement] = Field(
        min_length=1, max_length=MOST_JUDGEMENTS, description="what somebody found of documents"
    )

    def to_judge(self) -> list[Judgement]:
        return [Judgement(one.query, one.document_id, one.grade) for one in self.judgements]


class JudgementBody(Answer):
    query: str
    document_id: str
    grade: int = Field(description="0: not relevant; 1: relevant; 2 and 3: more so")


class JudgementList(Answer):
    judgements: list[JudgementBody]


class Judged(Answer):
    changed: int = Field(description="judgements that were kept or taken back")
    total: int = Field(description="judgements that the collection has now")


def judgements_of(judged: JudgedHits, query: str | None) -> JudgementList:
    """The judgements of a collection, or those for one query."""
    qrels = judged.qrels if query is None else {query: judged.of(query)}
    return JudgementList(
        judgements=[
            JudgementBody(query=judged.queries.get(name, name), document_id=document, grade=grade)
            for name, grades in qrels.items()
            for document, grade in grades.items()
        ]
    )
