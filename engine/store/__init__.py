"""The store: one commit over text, BM25, vectors and metadata. See DESIGN.md section 3 for the idea.

writer.py      open_writer: the one writer of a collection, its commits
generation.py  open_generation: a pinned, read-only view
deletion.py    delete_collection
collections.py what exists; verify.py whether it is whole; repair.py the catalogue from the manifests
"""

FORMAT = 6  # of everything on disk but the catalogue, which has its own revisions
