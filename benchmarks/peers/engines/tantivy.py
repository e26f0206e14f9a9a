"""tantivy (https://github.com/quickwit-oss/tantivy-py) used directly: its English analyser and its own BM25.

The query's words go through the same analyser by parse_query_lenient; signs of its query language are removed first,
or a colon would drop a word.
"""

from __future__ import annotations

import re

from benchmarks.peers.base import Corpus, Found, Ready, folder_bytes

_HEAP = 128_000_000
_NOT_A_WORD = re.compile(r"[^\w\s]")


class Tantivy:
    name = "tantivy"
    needs = (("tantivy", "tantivy"),)
    embed = False
    reopens = False
    note = "analyser en_stem, k1 and b fixed at 1.2 and 0.75"

    def build(self, corpus: Corpus) -> Ready:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("row", stored=True)
        builder.add_text_field("text", tokenizer_name="en_stem")
        folder = corpus.folder / "index"
        folder.mkdir()
        self._index = tantivy.Index(builder.build(), str(folder))
        writer = self._index.writer(_HEAP, 1)
        for row, text in enumerate(corpus.texts):
            writer.add_document(tantivy.Document(row=row, text=text))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()
        self._ids = corpus.ids
        return Ready(folder_bytes(folder))

    def search(self, query: str, k: int) -> Found:
        found = Found()
        with found.timings.stage("lexical"):
            parsed, _ = self._index.parse_query_lenient(_NOT_A_WORD.sub(" ", query).lower(), ["text"])
            hits = self._searcher.search(parsed, limit=k).hits
            ids = [self._ids[self._searcher.doc(address)["row"][0]] for _, address in hits]
        found.add("lexical", ids)
        return found
