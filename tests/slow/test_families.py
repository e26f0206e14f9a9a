"""Rerankers that only torch runs, against transformers, on tiny checkpoints of the same architectures.

The expected scores are computed as the models' authors describe it: FlagEmbedding's `compute_score` for bge's language
models, mxbai-rerank's `predict` for mixedbread's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers

from engine.errors import UnsupportedModel, UsageError
from engine.models import load_reranker
from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.checkpoints.tokenization import Tokenization
from engine.types import Passage
from tests.parity.cases import SENTENCES
from tests.support.checkpoints import TEXTS, VOCABULARY, tiny_tokenizer

pytestmark = pytest.mark.slow
torch = pytest.importorskip("torch", reason="needs torch: pip install -e '.[test-slow]'")
transformers = pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[test-slow]'")
save_file = pytest.importorskip("safetensors.torch").save_file

PASSAGES = [Passage(text) for text in TEXTS]
QUERIES = ["winnow search", "", "the river and the bridge"]
BGE = (
    "Given a query A and a passage B, determine whether the passage contains an answer to the query by providing a "
    "prediction of either 'Yes' or 'No'."
)
TEMPLATE = """[CLS]{% for message in messages if message.role == 'system' %} {{ message.content }}{% endfor %}
query: {{ messages | selectattr('role', 'eq', 'query') | map(attribute='content') | first }}
document: {{ messages | selectattr('role', 'eq', 'document') | map(attribute='content') | first }}
{% if add_generation_prompt %}rank [SEP]{% endif %}"""
SHAPE = {
    "vocab_size": len(VOCABULARY),
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 1024,
    "pad_token_id": 1,
    "bos_token_id": 2,
    "eos_token_id": 3,
}


def save(model: Any, path: Path) -> Path:
    """With random weights that tell texts apart, and the tokenizer of the tiny checkpoints."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            centre = 1.0 if "norm" in name else 0.0
            weight.copy_(centre + 0.3 * torch.randn(weight.shape, generator=generator))
    model.save_pretrained(path)
    return with_tokenizer(path)


def with_tokenizer(path: Path) -> Path:
    tiny_tokenizer(path, max_length=1024)
    settings = json.loads((path / "tokenizer_config.json").read_text("utf-8"))
    (path / "tokenizer_config.json").write_text(json.dumps(settings | {"bos_token": "[CLS]"}))
    return path


def tokens(path: Path) -> Callable[[str], list[int]]:
    tokenizer = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json"))
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


def bge_inputs(path: Path, query: str, passage: str) -> list[int]:
    ids = tokens(path)
    return [2, *ids(f"A: {query}"), *ids("\n"), *ids(f"B: {passage}"), *ids("\n"), *ids(BGE)]


def reranker(path: Path) -> Any:
    return load_reranker(str(path), runtime="torch")


def test_gemma(tmp_path: Path) -> None:
    """bge-reranker-v2-gemma: the logit of "Yes" after the prompt."""
    model = transformers.GemmaForCausalLM(transformers.GemmaConfig(**SHAPE)).eval()
    path = save(model, tmp_path)
    yes = tokens(path)("Yes")[0]
    for query in QUERIES:
        with torch.inference_mode():
            expected = [
                model(torch.tensor([bge_inputs(path, query, text)])).logits[0, -1, yes].item() for text in TEXTS
            ]
        scores = reranker(path).score(query, PASSAGES)
        assert np.std(expected) > 1e-2
        np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-4)


def test_qwen(tmp_path: Path) -> None:
    """mxbai-rerank-v2: the logit of "1" less that of "0" after the prompt."""
    model = transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**SHAPE)).eval()
    path = save(model, tmp_path)
    ids = tokens(path)
    before = ids(
        "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n"
    )
    task = ids(
        "You are a search relevance expert who evaluates how well documents match search queries. For each "
        "query-document pair, carefully analyze the semantic relationship between them, then provide your binary "
        "relevance judgment (0 for not relevant, 1 for relevant).\nRelevance:"
    )
    after = ids("<|im_end|>\n<|im_start|>assistant\n")
    for query in QUERIES:
        expected = []
        for text in TEXTS:
            pair = [*ids(f"query: {query}"), *ids("\n"), *ids(f"document: {text}")]
            with torch.inference_mode():
                logits = model(torch.tensor([[*before, *pair, *ids("\n"), *task, *after]])).logits[0, -1]
            expected.append((logits[ids("1")[0]] - logits[ids("0")[0]]).item())
        assert np.std(expected) > 1e-2
        np.testing.assert_allclose(reranker(path).score(query, PASSAGES), expected, rtol=0, atol=1e-4)


def test_packaged_by_sentence_transformers(tmp_path: Path) -> None:
    """A language model with LogitScore, asked by its own chat template with a system prompt."""
    reference = pytest.importorskip("sentence_transformers")
    parts = pytest.importorskip("sentence_transformers.cross_encoder.modules")
    shape = {name: value for name, value in SHAPE.items() if name not in ("head_dim", "num_key_value_heads")}
    base = save(transformers.GPTNeoXForCausalLM(transformers.GPTNeoXConfig(**shape)), tmp_path / "base")
    (base / "chat_template.jinja").write_text(TEMPLATE)
    options = {"chat_template": {"add_generation_prompt": True}}
    transformer = parts.Transformer(str(base), transformer_task="text-generation", processing_kwargs=options)
    model = reference.CrossEncoder(
        modules=[transformer, parts.LogitScore(20, 21)],
        device="cpu",
        prompts={"web": "rank for the city"},
        default_prompt_name="web",
    )
    model.save(str(tmp_path / "packaged"))
    ours = reranker(tmp_path / "packaged")
    for query in QUERIES:
        expected = model.predict([(query, text) for text in TEXTS], activation_fn=torch.nn.Identity())
        assert np.std(expected) > 1e-2
        np.testing.assert_allclose(ours.score(query, PASSAGES), expected, rtol=0, atol=1e-4)
    long = [Passage("a " * 2000), Passage("a " * 3000), Passage("a")]
    assert ours.truncated("the river", long) == 2
    scores = ours.score("the river", long)
    assert scores[0] == pytest.approx(scores[1], abs=1e-5) and abs(scores[0] - scores[2]) > 1e-5


def test_a_pair_that_is_too_long(tmp_path: Path) -> None:
    """The prompt is never cut, the query leaves the passage half of the room, and cut pairs are counted."""
    model = transformers.GemmaForCausalLM(transformers.GemmaConfig(**SHAPE | {"max_position_embeddings": 256})).eval()
    path = save(model, tmp_path)
    ours = reranker(path)
    assert ours.max_tokens == 256
    room = ours.max_tokens - ours.special_tokens
    passages = [Passage("a " * length) for length in (1, room - 3, room - 2, room + 40)]
    assert ours.truncated("a a", passages) == 1
    scores = ours.score("a a", passages)
    assert scores[2] == pytest.approx(scores[3], abs=1e-5) and abs(scores[1] - scores[2]) > 1e-5
    long = ours.score("the river " * 400, [Passage("city"), Passage("food")])
    assert abs(long[0] - long[1]) > 1e-5


def test_a_language_model_that_is_no_reranker(tmp_path: Path) -> None:
    path = save(transformers.LlamaForCausalLM(transformers.LlamaConfig(**SHAPE)), tmp_path)
    for runtime in ("onnx", "torch"):
        with pytest.raises(UnsupportedModel, match="LlamaForCausalLM"):
            load_reranker(str(path), runtime=runtime)


class MiniCpm(torch.nn.Module):  # type: ignore[misc, name-defined]
    """The decoder of MiniCPM and the heads of bge-reranker-v2-minicpm-layerwise, written for a single sequence."""

    def __init__(self, tensors: dict[str, Any], config: dict[str, Any]) -> None:
        super().__init__()
        self.tensors, self.config = tensors, config

    def forward(self, ids: list[int], layer: int) -> float:
        """The score after `layer` layers."""
        hidden = self.tensors["model.embed_tokens.weight"][ids] * self.config["scale_emb"]
        residual = self.config["scale_depth"] / math.sqrt(self.config["num_hidden_layers"])
        for number in range(layer):
            name = f"model.layers.{number}"
            hidden = hidden + residual * self.attend(f"{name}.self_attn", self.norm(f"{name}.input_layernorm", hidden))
            rows = self.norm(f"{name}.post_attention_layernorm", hidden)
            inner = torch.nn.functional.silu(self.linear(f"{name}.mlp.gate_proj", rows))
            inner = inner * self.linear(f"{name}.mlp.up_proj", rows)
            hidden = hidden + residual * self.linear(f"{name}.mlp.down_proj", inner)
        head = f"lm_head.{layer - self.config['start_layer']}.linear_head"
        return self.linear(head, self.norm("model.norm", hidden))[-1, 0].item()

    def linear(self, name: str, rows: Any) -> Any:
        return rows @ self.tensors[f"{name}.weight"].T

    def norm(self, name: str, rows: Any) -> Any:
        scale = torch.rsqrt(rows.pow(2).mean(-1, keepdim=True) + self.config["rms_norm_eps"])
        return rows * scale * self.tensors[f"{name}.weight"]

    def attend(self, name: str, rows: Any) -> Any:
        heads, length = self.config["num_attention_heads"], len(rows)
        size = rows.shape[1] // heads
        query, key, value = (
            self.linear(f"{name}.{part}_proj", rows).view(length, -1, size).transpose(0, 1) for part in "qkv"
        )
        angles = torch.arange(length)[:, None] * 10_000.0 ** -(torch.arange(0, size, 2) / size)
        cosines, sines = torch.cat([angles.cos()] * 2, -1), torch.cat([angles.sin()] * 2, -1)

        def turn(x: Any) -> Any:
            first, second = x.chunk(2, -1)
            return x * cosines + torch.cat([-second, first], -1) * sines

        repeat = heads // len(key)
        key, value = turn(key).repeat_interleave(repeat, 0), value.repeat_interleave(repeat, 0)
        scores = turn(query) @ key.transpose(1, 2) / math.sqrt(size)
        scores = scores + torch.full((length, length), -math.inf).triu(1)
        return self.linear(f"{name}.o_proj", (scores.softmax(-1) @ value).transpose(0, 1).reshape(length, -1))


@pytest.fixture
def layerwise(tmp_path: Path) -> tuple[Path, MiniCpm]:
    config = SHAPE | {
        "num_hidden_layers": 4,
        "start_layer": 2,
        "model_type": "minicpm",
        "architectures": ["LayerWiseMiniCPMForCausalLM"],
        "auto_map": {"AutoModelForCausalLM": "modeling_minicpm_reranker.LayerWiseMiniCPMForCausalLM"},
        "hidden_act": "silu",
        "rms_norm_eps": 1e-5,
        "scale_emb": 12,
        "scale_depth": 1.4,
        "head_type": "simple",
        "head_multi": True,
    }
    llama = transformers.LlamaModel(transformers.LlamaConfig(**SHAPE | {"num_hidden_layers": 4}))
    generator = torch.Generator().manual_seed(6)
    tensors = {
        f"model.{name}": ("norm" in name) + 0.3 * torch.randn(weight.shape, generator=generator)
        for name, weight in llama.named_parameters()
    }
    for head in range(3):
        tensors[f"lm_head.{head}.linear_head.weight"] = torch.randn(1, 32, generator=generator)
    save_file(tensors, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(config))
    return with_tokenizer(tmp_path), MiniCpm(tensors, config)


@pytest.mark.parametrize("layer", [2, 3, 4])
def test_minicpm_layerwise(layer: int, layerwise: tuple[Path, MiniCpm], setting: Callable[..., None]) -> None:
    """Without the code that it brings; the head of the layer that was asked for."""
    path, reference = layerwise
    setting(cutoff_layer=layer)
    for query in QUERIES:
        expected = [reference(bge_inputs(path, query, text), layer) for text in TEXTS]
        assert np.std(expected) > 1e-2
        np.testing.assert_allclose(reranker(path).score(query, PASSAGES), expected, rtol=0, atol=1e-4)


def test_a_layer_without_a_head(layerwise: tuple[Path, MiniCpm], setting: Callable[..., None]) -> None:
    path, _ = layerwise
    for layer in (1, 5):
        setting(cutoff_layer=layer)
        with pytest.raises(UsageError, match="Choose one of 2 to 4"):
            reranker(path)


OWN_CODE = """
import torch
from transformers import PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class Config(PretrainedConfig):
    model_type = "lengths"

    def __init__(self, **rest):
        super().__init__(num_labels=1, **rest)


class Lengths(PreTrainedModel):
    config_class = Config

    def __init__(self, config):
        super().__init__(config)
        self.weight = torch.nn.Parameter(torch.ones(1))
        self.post_init()

    def forward(self, input_ids, attention_mask=None):
        return SequenceClassifierOutput(logits=attention_mask.sum(1, keepdim=True) * self.weight)
"""


def test_code_that_comes_with_a_model_runs_only_where_it_is_allowed(
    tmp_path: Path, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    path = tmp_path / "model"
    path.mkdir()
    save_file({"weight": torch.full((1,), 2.0)}, path / "model.safetensors")
    (path / "code.py").write_text(OWN_CODE)
    classes = {"AutoConfig": "code.Config", "AutoModelForSequenceClassification": "code.Lengths"}
    config = {"model_type": "lengths", "architectures": ["LengthsForSequenceClassification"], "auto_map": classes}
    (path / "config.json").write_text(json.dumps(config | {"pad_token_id": 1, "max_position_embeddings": 64}))
    tiny_tokenizer(path)
    with pytest.raises(UnsupportedModel, match="WINNOW_TRUST_REMOTE_CODE"):
        reranker(path)
    with pytest.raises(UnsupportedModel, match="WINNOW_RUNTIME=torch"):
        load_reranker(str(path), runtime="onnx")
    setting(trust_remote_code=True)
    np.testing.assert_array_equal(reranker(path).score("a", [Passage("a"), Passage("a b")]), [10, 12])


def test_a_classifier_that_only_transformers_knows(tmp_path: Path) -> None:
    """ALBERT, whose layers share their weights: run whole."""
    shape = {name: SHAPE[name] for name in ("vocab_size", "hidden_size", "intermediate_size", "num_attention_heads")}
    config = transformers.AlbertConfig(**shape, embedding_size=16, num_labels=1, pad_token_id=1)
    path = save(transformers.AlbertForSequenceClassification(config).eval(), tmp_path)
    model = pytest.importorskip("sentence_transformers").CrossEncoder(str(path), device="cpu")
    for query in QUERIES:
        expected = model.predict([(query, text) for text in TEXTS])
        np.testing.assert_allclose(reranker(path).predict(query, PASSAGES), expected, rtol=0, atol=1e-5)


def test_an_encoder_is_no_reranker_for_torch_either(tmp_path: Path) -> None:
    """transformers would make up a head; the scores would be random."""
    shape = {name: SHAPE[name] for name in ("vocab_size", "hidden_size", "intermediate_size", "num_attention_heads")}
    path = save(transformers.AlbertModel(transformers.AlbertConfig(**shape, embedding_size=16)), tmp_path)
    with pytest.raises(UnsupportedModel, match="not a cross-encoder"):
        reranker(path)


def test_a_vocabulary_and_merges(tmp_path: Path) -> None:
    """RoBERTa checkpoints that are older than tokenizer.json."""
    trained = tokenizers.ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained.train_from_iterator(TEXTS + SENTENCES, vocab_size=400, special_tokens=special, show_progress=False)
    trained.save_model(str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "roberta"}))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 64}))
    ours = Tokenization(read_checkpoint(tmp_path), max_length=64)
    reference = transformers.RobertaTokenizerFast.from_pretrained(tmp_path)
    assert_same_tokens(ours, reference)


@pytest.mark.parametrize("options", [{}, {"do_lower_case": False, "tokenize_chinese_chars": False}], ids=str)
def test_word_pieces_of_mpnet(options: dict[str, bool], tmp_path: Path) -> None:
    """MPNet checkpoints that are older than tokenizer.json."""
    words = ["<s>", "<pad>", "</s>", "<unk>", "[UNK]", *VOCABULARY[5:], "<mask>"]
    (tmp_path / "vocab.txt").write_text("\n".join(words) + "\n", "utf-8")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "mpnet"}))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 64, **options}))
    ours = Tokenization(read_checkpoint(tmp_path), max_length=64)
    assert_same_tokens(ours, transformers.MPNetTokenizerFast.from_pretrained(tmp_path))


def assert_same_tokens(ours: Tokenization, reference: Any) -> None:
    """The same ids for pairs of texts, cut to 64 tokens."""
    pairs = [(query, text) for query in ("the river", "", "a <s> b") for text in TEXTS + SENTENCES]
    expected = reference([query for query, _ in pairs], [text for _, text in pairs], truncation=True, max_length=64)
    assert [encoding.ids for encoding in ours.encode(pairs)] == expected["input_ids"]
