"""Families of encoders that were trained with a prompt before each text, and their prompts.

A family's prompts are used where the files of a model declare none. Each is the one that the family's cards give for
searching passages with a question. Families that need no prompt, such as bge-m3 and most of gte, are not listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from engine.protocols import Prompts

_PASSAGES = "Represent this sentence for searching relevant passages: "
_TASK = "Given a web search query, retrieve relevant passages that answer the query"
_INSTRUCT = f"Instruct: {_TASK}\nQuery: "


@dataclass(frozen=True, slots=True)
class Family:
    """Models whose names `pattern` matches, and their prompts; "" is none. Without `pools_prompt` a prompt is read but
    left out of the pooling.
    """

    name: str
    pattern: str
    query: str
    document: str = ""
    pools_prompt: bool = True

    @property
    def prompts(self) -> Prompts:
        return {"query": self.query, "document": self.document}


# The first that matches counts. A name is matched in lower case, from the beginning of one of its words.
FAMILIES = (
    Family("e5 with instructions", r"e5-.*instruct", _INSTRUCT),
    Family("e5", r"e5-", "query: ", "passage: "),
    Family("bge with instructions", r"bge-(multilingual-gemma|en-icl)", f"<instruct>{_TASK}\n<query>"),
    Family("bge (Chinese)", r"bge-(small|base|large)-zh", "为这个句子生成表示以用于检索相关文章："),
    Family("bge", r"bge-(small|base|large)-en", _PASSAGES),
    Family("gte with instructions", r"gte-qwen", _INSTRUCT),
    Family(
        "instructor",
        r"instructor-(base|large|xl)",
        "Represent the question for retrieving supporting documents: ",
        "Represent the document for retrieval: ",
        pools_prompt=False,
    ),
    Family("mxbai (German)", r"mxbai-embed-de", "query: ", "passage: "),
    Family("mxbai", r"mxbai-embed-", _PASSAGES),
    Family("snowflake 2", r"(snowflake-)?arctic-embed-[a-z]+-v2", "query: "),
    Family("snowflake", r"(snowflake-)?arctic-embed", _PASSAGES),
    Family("nomic", r"nomic-embed-text", "search_query: ", "search_document: "),
)


def family_of(root: Path) -> Family | None:
    """The family of a model by the name of its directory, or by its id where that is the hub's cache."""
    name = own_name(root).lower()
    return next((family for family in FAMILIES if re.search(rf"(?<![a-z0-9]){family.pattern}", name)), None)


def own_name(root: Path) -> str:
    """The name of a model's directory, or of its repository, without the owner, where that is the hub's cache."""
    folder = root.parent.parent if root.parent.name == "snapshots" else root
    return folder.name.rpartition("--")[2]
