"""A sentence encoder is the mean of its encoder's vectors, here and where others open it."""

import json
import warnings

import pytest
import torch
import transformers
from sentence_transformers import SentenceTransformer

from madang.models.bert.config import BertConfig
from madang.models.bert.heads.sentence import SentenceEncoder
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram

TEXTS = ["오늘 한강에서 산책했어요.", "고양이", "비가 와서 집에서 부침개를 해 먹었습니다."]


@pytest.fixture(scope="module")
def tokenizer():
    return train_unigram(TEXTS * 3, vocab_size=60)


@pytest.fixture
def model(tokenizer):
    config = BertConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=24,
        max_position_embeddings=40,
        initializer_range=0.3,
    )
    return SentenceEncoder(BertEncoder(config)).eval()


@pytest.fixture
def folder(model, tokenizer, tmp_path):
    save_checkpoint(
        tmp_path, model, tokenizer_json=tokenizer.to_json(), task="embedding", max_length=32
    )
    return tmp_path


def embed(model, tokenizer):
    with torch.inference_mode():
        return torch.cat([model(torch.tensor([each.ids])) for each in tokenizer.encode(TEXTS)])


def test_a_vector_is_the_mean_of_real_tokens_made_as_long_as_one(model):
    ids, mask = torch.randint(5, 30, (2, 6)), torch.tensor([[1] * 6, [1] * 4 + [0] * 2])
    with torch.inference_mode():
        found = model(ids, mask)
        hidden = model.encoder.encode(ids, mask)
    for row, length in enumerate((6, 4)):
        mean = sum(hidden[row, place] for place in range(length)) / length
        torch.testing.assert_close(found[row], mean / mean.norm())


def test_padding_does_not_change_the_vector(model):
    ids = torch.randint(5, 30, (1, 5))
    padded = torch.nn.functional.pad(ids, (0, 7))
    mask = torch.tensor([[1] * 5 + [0] * 7])
    with torch.inference_mode():
        torch.testing.assert_close(model(padded, mask), model(ids), atol=1e-6, rtol=0)


def test_a_folder_comes_back_with_every_weight(model, folder):
    found = load_checkpoint(folder).model
    assert isinstance(found, SentenceEncoder)
    assert found.config == model.config
    weights = model.state_dict()
    assert found.state_dict().keys() == weights.keys()
    assert all(torch.equal(found.state_dict()[key], weights[key]) for key in weights)


def test_sentence_transformers_opens_the_folder_and_gives_the_same_vectors(
    model, tokenizer, folder, tmp_path
):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, of its own names
        theirs = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    assert theirs.max_seq_length == 32
    found = theirs.encode(TEXTS, convert_to_tensor=True)
    torch.testing.assert_close(found, embed(model, tokenizer), atol=1e-6, rtol=0)


def test_what_sentence_transformers_saved_is_opened_here(model, tokenizer, folder, tmp_path):
    second = tmp_path / "theirs"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        theirs.save(str(second), create_model_card=False)
    for name in ("madang.json", "tokenizer.json"):
        (second / name).write_bytes((folder / name).read_bytes())
    returned = load_checkpoint(second).model
    torch.testing.assert_close(embed(returned, tokenizer), embed(model, tokenizer))


def test_the_encoder_opens_as_hugging_faces_own(model, tokenizer, folder):
    theirs = transformers.BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    (encoding,) = Tokenizer.load(folder).encode(TEXTS[:1])
    ids = torch.tensor([encoding.ids])
    with torch.inference_mode():
        hidden = theirs(ids).last_hidden_state
        torch.testing.assert_close(hidden, model.encoder.encode(ids), atol=1e-5, rtol=0)
    fields = json.loads((folder / "config.json").read_text())
    assert (fields["architectures"], fields["sequence_pooling"]) == (["BertModel"], "mean")
