"""KoBERT: its size, and its published folders in whatever form they come."""

import dataclasses
import pickle

import pytest
import torch
import transformers

from madang.errors import CheckpointError
from madang.models.bert import KOBERT, BertConfig, BertEncoder, Pooler, open_encoder
from madang.models.checkpoint import open_huggingface

TINY = {
    "vocab_size": 31,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 24,
    "max_position_embeddings": 20,
    "pad_token_id": 1,
}
FORMS = ["model.safetensors", "pytorch_model.bin", "pytorch_model.bin, old file format"]


def count_by_hand(vocabulary, positions, width, wide, layers):
    """Count the parameters of BERT from its figure: tables, blocks, pooler."""
    tables = (vocabulary + positions + 2) * width + 2 * width
    attention = 4 * (width * width + width) + 2 * width
    feed_forward = width * wide + wide + wide * width + width + 2 * width
    return tables + layers * (attention + feed_forward) + width * width + width


def test_the_preset_has_koberts_architecture_and_its_92_million_parameters():
    with torch.device("meta"):
        model = BertEncoder(KOBERT, pooler=Pooler(KOBERT.hidden_size))
    found = sum(parameter.numel() for parameter in model.parameters())
    assert found == count_by_hand(8002, 512, 768, 3072, 12) == 92_186_880
    assert (KOBERT.num_attention_heads, len(model.blocks)) == (12, 12)


def test_the_preset_counts_what_the_reference_counts():
    with torch.device("meta"):
        reference = transformers.BertModel(
            transformers.BertConfig(**dataclasses.asdict(KOBERT), model_type="bert")
        )
    assert sum(parameter.numel() for parameter in reference.parameters()) == 92_186_880


def make_reference(kind="BertModel"):
    reference = getattr(transformers, kind)(transformers.BertConfig(**TINY)).eval()
    for parameter in reference.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return reference


def save_in(form, reference, folder):
    """Write a folder as the hub holds it: a config and weights in one of the forms."""
    if form == "model.safetensors":
        reference.save_pretrained(folder)
        return
    folder.mkdir(exist_ok=True)
    reference.config.architectures = [type(reference).__name__]
    reference.config.save_pretrained(folder)
    is_new = form == "pytorch_model.bin"
    path = folder / "pytorch_model.bin"
    torch.save(reference.state_dict(), path, _use_new_zipfile_serialization=is_new)


def check_equal(ours, reference):
    """Compare both outputs on a batch with padding and two segments, as in KoBERT's README."""
    inputs = {
        "input_ids": torch.tensor([[30, 11, 19], [15, 5, 0]]),
        "attention_mask": torch.tensor([[1, 1, 1], [1, 1, 0]]),
        "token_type_ids": torch.tensor([[0, 0, 1], [0, 1, 0]]),
    }
    with torch.inference_mode():
        sequence_output, pooled_output = ours(**inputs)
        expected = reference(**inputs)
    seen = inputs["attention_mask"].bool()
    assert sequence_output.shape == (2, 3, 16)
    torch.testing.assert_close(
        sequence_output[seen], expected.last_hidden_state[seen], rtol=0, atol=1e-5
    )
    if pooled_output is not None:
        assert pooled_output.shape == (2, 16)
        torch.testing.assert_close(pooled_output, expected.pooler_output, rtol=0, atol=1e-5)


@pytest.mark.parametrize("num_texts", [1, 2, 3])
def test_a_call_gives_the_pair_of_the_old_package_whatever_the_size_of_the_batch(num_texts):
    """Two texts are the trap: a lone tensor of two would be unpacked into the texts."""
    model = BertEncoder(BertConfig(**TINY), pooler=Pooler(16)).eval()
    ids = torch.randint(5, 31, (num_texts, 7))
    mask, types = torch.ones_like(ids), torch.zeros_like(ids)
    with torch.no_grad():
        sequence_output, pooled_output = model(ids, mask, types)
    assert sequence_output.shape == (num_texts, 7, 16)
    dense = model.pooler.dense
    by_hand_BD = torch.tanh(sequence_output[:, 0] @ dense.weight.T + dense.bias)
    torch.testing.assert_close(pooled_output, by_hand_BD.detach())


def test_the_classifier_of_koberts_best_known_example_learns_through_the_call():
    """Its ``forward`` unpacks the pair and names its arguments; its mask is one of floats."""
    model = BertEncoder(BertConfig(**TINY), pooler=Pooler(16)).eval()
    ids = torch.randint(5, 31, (2, 7))
    mask = torch.tensor([[1.0] * 7, [1.0] * 4 + [0.0] * 3])
    _, pooler = model(
        input_ids=ids, token_type_ids=torch.zeros(2, 7).long(), attention_mask=mask.float()
    )
    assert pooler.shape == (2, 16)
    pooler.sum().backward()
    assert model.token.weight.grad.abs().max() > 0


@pytest.mark.parametrize("form", FORMS)
def test_a_published_folder_opens_with_one_call_and_gives_the_references_numbers(form, tmp_path):
    reference = make_reference()
    save_in(form, reference, tmp_path / "kobert")
    opened = open_encoder(tmp_path / "kobert")
    assert opened.pooler is not None
    assert not opened.training
    check_equal(opened, reference)
    check_equal(open_huggingface(tmp_path / "kobert"), reference)


@pytest.mark.parametrize("form", FORMS[:2])
@pytest.mark.parametrize("kind", ["BertForMaskedLM", "BertForPreTraining"])
def test_the_encoder_of_a_model_with_a_head_opens_too(kind, form, tmp_path):
    reference = make_reference(kind)
    save_in(form, reference, tmp_path / "kobert")
    opened = open_encoder(tmp_path / "kobert")
    assert (opened.pooler is not None) == (kind == "BertForPreTraining")
    check_equal(opened, reference.bert)


def test_weights_under_the_oldest_names_open(tmp_path):
    reference = make_reference()
    save_in("pytorch_model.bin", reference, tmp_path)
    names = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    old = {}
    for key, tensor in reference.state_dict().items():
        for new_name, old_name in names.items():
            key = key.replace(new_name, old_name)
        old["bert." + key] = tensor
    torch.save(old, tmp_path / "pytorch_model.bin")
    check_equal(open_encoder(tmp_path), reference)


def test_the_weights_of_the_old_package_open_without_a_config(tmp_path, monkeypatch):
    monkeypatch.setattr("madang.models.bert.published.KOBERT", dataclasses.replace(KOBERT, **TINY))
    reference = make_reference()
    torch.save(reference.state_dict(), tmp_path / "pytorch_kobert_2439f391a6.params")
    check_equal(open_encoder(tmp_path), reference)


class Harmful:
    """What a stranger may put into a pickle: a call, made while it is opened."""

    def __reduce__(self):
        return (open, ("harm-was-done", "w"))


def test_a_pickle_that_asks_for_more_than_tensors_is_refused_and_not_obeyed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_in("pytorch_model.bin", make_reference(), tmp_path / "kobert")
    path = tmp_path / "kobert" / "pytorch_model.bin"
    for write in (
        lambda: torch.save(Harmful(), path),
        lambda: path.write_bytes(pickle.dumps(Harmful(), protocol=2)),
    ):
        write()
        with pytest.raises(CheckpointError, match="holds more than tensors"):
            open_encoder(tmp_path / "kobert")
    assert not (tmp_path / "harm-was-done").exists()


@pytest.mark.parametrize("content", [[1], {"a": 1}, torch.ones(2)])
def test_a_pickle_of_something_else_is_refused(content, tmp_path):
    save_in("pytorch_model.bin", make_reference(), tmp_path)
    torch.save(content, tmp_path / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="is no state dict"):
        open_encoder(tmp_path)


@pytest.mark.parametrize("keep", [0, 10, 0.5, -20])
def test_a_pickle_that_was_cut_off_is_refused(keep, tmp_path):
    save_in("pytorch_model.bin", make_reference(), tmp_path)
    path = tmp_path / "pytorch_model.bin"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep) if isinstance(keep, float) else keep])
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin.*(cut off|no state dict)"):
        open_encoder(tmp_path)


def test_what_is_no_bert_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="is not a folder"):
        open_encoder(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match=r"holds no config\.json"):
        open_encoder(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(CheckpointError, match="'llama'; this opens 'bert'"):
        open_encoder(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(CheckpointError, match=r"holds no model\.safetensors"):
        open_encoder(tmp_path)


def test_an_xlm_r_folder_opens_as_the_bert_that_it_is(tmp_path):
    config = transformers.XLMRobertaConfig(
        **{**TINY, "type_vocab_size": 1, "max_position_embeddings": 22, "layer_norm_eps": 1e-5}
    )
    reference = transformers.XLMRobertaModel(config, add_pooling_layer=False).eval()
    for parameter in reference.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    reference.half().save_pretrained(tmp_path)
    reference.float()
    model = open_encoder(tmp_path)
    assert model.config.max_position_embeddings == 20
    ids = torch.tensor([[0, 5, 6, 7, 2], [0, 9, 2, 1, 1]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with torch.no_grad():
        expected = reference(ids, mask).last_hidden_state
        found = model.encode(ids, mask)
        # The second type of token is a copy of the first: pairs of texts can be read.
        second = model.encode(ids, mask, torch.ones_like(ids))
    torch.testing.assert_close(found[mask == 1], expected[mask == 1], atol=1e-4, rtol=0)
    torch.testing.assert_close(second, found)
