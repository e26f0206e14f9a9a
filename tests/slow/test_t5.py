"""T5 encoders (gtr, sentence-t5, INSTRUCTOR) by torch, against sentence-transformers, on tiny random models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.models import load_encoder
from engine.models.encoders.layers import to_unit_length
from engine.protocols import Role
from tests.parity.cases import SENTENCES
from tests.support.checkpoints import TEXTS, VOCABULARY, tiny_tokenizer

pytestmark = pytest.mark.slow
torch = pytest.importorskip("torch", reason="needs torch: pip install -e '.[test-slow]'")
transformers = pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[test-slow]'")
reference = pytest.importorskip(
    "sentence_transformers", reason="needs sentence-transformers: pip install -e '.[test-slow]'"
)
modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules")

EVERYTHING = [*TEXTS, *SENTENCES]
_SHAPE = {"d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4, "relative_attention_max_distance": 24}
_FAMILIES = {
    "t5": ("T5Config", "T5EncoderModel", {}),
    "t5-gated": ("T5Config", "T5EncoderModel", {"feed_forward_proj": "gated-gelu"}),
    "mt5": ("MT5Config", "MT5EncoderModel", {"feed_forward_proj": "gated-gelu"}),
    "umt5": ("UMT5Config", "UMT5EncoderModel", {"feed_forward_proj": "gated-gelu"}),
}


def transformer(path: Path, family: str = "t5", *, whole: bool = False) -> Path:
    """The encoder's files, with a tokenizer that ends each text as T5's does; `whole` keeps the decoder, too."""
    config_class, model_class, options = _FAMILIES[family]
    ids = {"pad_token_id": 1, "eos_token_id": 3, "decoder_start_token_id": 1}
    config = getattr(transformers, config_class)(vocab_size=len(VOCABULARY), **_SHAPE, **ids, **options)
    torch.manual_seed(3)
    model = getattr(transformers, "T5ForConditionalGeneration" if whole else model_class)(config)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(("norm" in name) + 0.3 * torch.randn(weight.shape, generator=generator))
    model.save_pretrained(path)
    tiny_tokenizer(path, max_length=64, roberta=True)
    tokenizer = json.loads((path / "tokenizer.json").read_text("utf-8"))
    tokenizer["post_processor"]["single"] = tokenizer["post_processor"]["single"][1:]  # no [CLS]
    (path / "tokenizer.json").write_text(json.dumps(tokenizer))
    settings = json.loads((path / "tokenizer_config.json").read_text("utf-8"))
    (path / "tokenizer_config.json").write_text(json.dumps({**settings, "eos_token": "[SEP]"}))
    return path


def save(base: Path, path: Path, *, length: int = 64) -> Any:
    """As sentence-t5 and gtr are saved: the mean, a projection without a bias, unit length."""
    torch.manual_seed(2)
    parts = [
        modules.Transformer(str(base), max_seq_length=length),
        modules.Pooling(32, "mean"),
        modules.Dense(32, 16, bias=False, activation_function=torch.nn.Identity()),
        modules.Normalize(),
    ]
    model = reference.SentenceTransformer(modules=parts, device="cpu").eval()
    model.save(str(path))
    return model


@pytest.mark.parametrize("family", _FAMILIES)
def test_vectors(family: str, tmp_path: Path) -> None:
    model = save(transformer(tmp_path / "base", family), tmp_path / "model")
    ours = load_encoder(str(tmp_path / "model"), runtime="torch")
    expected = model.encode(EVERYTHING)
    np.testing.assert_allclose(ours.encode(EVERYTHING), expected, rtol=0, atol=1e-5)
    assert expected.std(axis=0).min() > 1e-2 and ours.dimension == 16 and ours.max_tokens == 63


def test_a_checkpoint_with_its_decoder(tmp_path: Path) -> None:
    """A plain T5 from the hub: its encoder alone, pooled by the mean."""
    path = transformer(tmp_path, whole=True)
    model = reference.SentenceTransformer(str(path), device="cpu")
    vectors = load_encoder(str(path), runtime="torch").encode(TEXTS)
    np.testing.assert_allclose(vectors, to_unit_length(model.encode(TEXTS)), rtol=0, atol=1e-5)


def test_no_table_of_positions_ends_a_text(tmp_path: Path) -> None:
    """Positions are relative, so the model is given as much as its files say."""
    model = save(transformer(tmp_path / "base"), tmp_path / "model", length=700)
    text = "the river " * 300 + "bridge"
    ours = load_encoder(str(tmp_path / "model"), runtime="torch")
    assert ours.max_tokens == 699
    np.testing.assert_allclose(ours.encode([text]), model.encode([text]), rtol=0, atol=1e-5)


@pytest.mark.parametrize("role", ["query", "document"])
def test_the_instruction_of_an_instructor_is_not_pooled(role: Role, tmp_path: Path) -> None:
    path = tmp_path / "instructor-large"
    model = save(transformer(tmp_path / "base"), path)
    pooling = path / "1_Pooling" / "config.json"
    config = json.loads(pooling.read_text("utf-8"))
    del config["include_prompt"]  # the published files are older than the option
    pooling.write_text(json.dumps(config))
    ours = load_encoder(str(path), runtime="torch")
    prompt = ours.fingerprint.prompts[role]
    pooled = model.encode(TEXTS, prompt=prompt)
    model.set_pooling_include_prompt(False)
    expected = model.encode(TEXTS, prompt=prompt)
    np.testing.assert_allclose(ours.encode(TEXTS, role=role), expected, rtol=0, atol=1e-5)
    assert prompt.startswith("Represent the ") and np.abs(pooled - expected).max() > 1e-2
    assert "without prompt" in ours.fingerprint.pooling
