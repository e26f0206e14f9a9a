"""`winnow train static`: a token table instead of a transformer, regressed on a teacher, then trained further."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import InvalidRecipe
from engine.types import Float32
from indexer.training.examples import Material
from indexer.training.extra import device
from indexer.training.recipe import Recipe, Regression
from indexer.training.regression import regress, start_table, token_means
from indexer.training.teacher import embed, load_teacher
from indexer.training.texts import distillation_texts
from indexer.training.trainer import Fitted, TeacherEmbeddings, fit


def train_static(recipe: Recipe, materials: Sequence[Material], out: Path, resume: bool) -> tuple[Any, Fitted]:
    """The trained SentenceTransformer (StaticEmbedding, Normalize), and what was done."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    spec = recipe.regression
    assert spec is not None  # noqa: S101  # the recipe's validation sees to it
    teacher = load_teacher(spec.teacher)
    tokenizer = _tokenizer(teacher)
    texts = distillation_texts(recipe, materials, list(tokenizer.get_vocab()))
    length = min(teacher.max_seq_length, spec.max_length)
    wanted = embed(spec.teacher, texts, out / "cache", max_length=length)
    table = regress_table(tokens_alone(teacher, tokenizer), tokenizer, texts, wanted, length, spec)
    module = StaticEmbedding(tokenizer, embedding_weights=table)
    model = SentenceTransformer(modules=[module, Normalize()], device=device())
    return model, fit(model, recipe, materials, out, resume, TeacherEmbeddings(texts, wanted))


def regress_table(
    alone: Float32, tokenizer: Any, texts: Sequence[str], embeddings: Float32, max_length: int, spec: Regression
) -> Float32:
    """The table (vocabulary, dimension), reduced by the principal directions of what it makes of the texts."""
    if spec.dimension > embeddings.shape[1]:
        raise InvalidRecipe(f"regression.dimension: at most the teacher's {embeddings.shape[1]}, not {spec.dimension}.")
    ids = [encoding.ids[: max_length - 2] for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)]
    means = token_means(ids, len(alone))
    table = regress(means, embeddings, start_table(alone, ids), spec.ridge, spec.prior)
    if spec.dimension == table.shape[1]:
        return table
    _, directions = np.linalg.eigh((made := means @ table).T @ made)
    return np.ascontiguousarray(table @ directions[:, ::-1][:, : spec.dimension], dtype=np.float32)


def tokens_alone(teacher: Any, tokenizer: Any) -> Float32:
    """The teacher's unit embedding of each token between its special tokens, shape (vocabulary, d)."""
    import torch

    size, rows = tokenizer.get_vocab_size(), []
    before, after = _special(tokenizer)
    with torch.inference_mode():
        for first in range(0, size, 512):
            ids = [[*before, token, *after] for token in range(first, min(first + 512, size))]
            features = {
                "input_ids": torch.tensor(ids),
                "attention_mask": torch.ones(len(ids), len(ids[0]), dtype=torch.long),
            }
            features = {name: value.to(teacher.device) for name, value in features.items()}
            rows.append(teacher(features)["sentence_embedding"].float().cpu().numpy())
    return np.concatenate(rows)


def _special(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The ids that the tokenizer puts before and after a text."""
    plain = tokenizer.encode("a", add_special_tokens=False).ids
    whole = tokenizer.encode("a", add_special_tokens=True).ids
    start = whole.index(plain[0])
    return whole[:start], whole[start + len(plain) :]


def _tokenizer(teacher: Any) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(teacher.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
