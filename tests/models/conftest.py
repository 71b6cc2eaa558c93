"""One equality check and one round-trip check, and the pairs of models they are used on."""

import dataclasses
import json
from collections.abc import Callable

import pytest
import torch
import transformers
from tokenizers import Tokenizer, models

from madang.models.checkpoint import load_checkpoint, open_huggingface, save_checkpoint

VOCAB_SIZE = 31
TOLERANCE = 1e-5

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


@dataclasses.dataclass(frozen=True)
class Case:
    """A family's model beside the Hugging Face class that it must equal."""

    name: str
    family: str
    reference: Callable[[], torch.nn.Module]
    output: Callable[[object], torch.Tensor] = lambda answer: answer[0]
    has_decoder_input: bool = False
    labels: tuple[str, ...] = ()


def bert(kind, **changes):
    config = transformers.BertConfig(
        vocab_size=VOCAB_SIZE,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=24,
        max_position_embeddings=20,
        **changes,
    )
    return getattr(transformers, kind)(config)


def marian(**changes):
    config = transformers.MarianConfig(
        vocab_size=VOCAB_SIZE,
        d_model=16,
        encoder_layers=2,
        decoder_layers=3,
        encoder_attention_heads=4,
        decoder_attention_heads=2,
        encoder_ffn_dim=24,
        decoder_ffn_dim=20,
        max_position_embeddings=20,
        pad_token_id=0,
        decoder_start_token_id=0,
        eos_token_id=3,
        forced_eos_token_id=3,
        **changes,
    )
    model = transformers.MarianMTModel(config)
    model.final_logits_bias.normal_()
    return model


def llama(**changes):
    config = transformers.LlamaConfig(
        vocab_size=VOCAB_SIZE,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=24,
        max_position_embeddings=20,
        **changes,
    )
    return transformers.LlamaForCausalLM(config)


def scaled_llama(kind, **numbers):
    """A LLaMA that reads longer texts than those of its training."""
    return llama(rope_parameters={"rope_type": kind, "rope_theta": 50.0, **numbers})


CASES = [
    Case("bert", "bert", lambda: bert("BertModel")),
    Case("bert, relu", "bert", lambda: bert("BertModel", hidden_act="relu", type_vocab_size=3)),
    Case("masked tokens", "bert", lambda: bert("BertForMaskedLM")),
    Case(
        "sequence labels",
        "bert",
        lambda: bert("BertForSequenceClassification", num_labels=3),
        labels=("a", "b", "c"),
    ),
    Case(
        "token labels",
        "bert",
        lambda: bert("BertForTokenClassification", num_labels=2),
        labels=("ordinary", "ad"),
    ),
    Case("answer starts", "bert", lambda: bert("BertForQuestionAnswering")),
    Case("bert4rec", "bert4rec", lambda: bert("BertForMaskedLM", type_vocab_size=1)),
    Case("seq2seq", "seq2seq", marian, has_decoder_input=True),
    Case(
        "seq2seq, scaled",
        "seq2seq",
        lambda: marian(scale_embedding=True, activation_function="swish"),
        has_decoder_input=True,
    ),
    Case("llama", "llama", llama),
    Case("llama, grouped", "llama", lambda: llama(num_key_value_heads=2, head_dim=6)),
    Case("llama, tied", "llama", lambda: llama(tie_word_embeddings=True, attention_bias=True)),
    Case(
        "llama, other base",
        "llama",
        lambda: llama(rope_parameters={"rope_type": "default", "rope_theta": 500.0}, mlp_bias=True),
    ),
    Case("llama, linear scaling", "llama", lambda: scaled_llama("linear", factor=4.0)),
    Case(
        "llama, scaling of 3.1",
        "llama",
        lambda: scaled_llama(
            "llama3",
            factor=8.0,
            low_freq_factor=1.0,
            high_freq_factor=4.0,
            original_max_position_embeddings=20,
        ),
    ),
]

# Opens as the family bert4rec alone: a BERT that looks back only is none of the family bert.
SASREC = Case(
    "sasrec",
    "bert4rec",
    lambda: bert("BertLMHeadModel", type_vocab_size=1, is_decoder=True, mask_token_id=30),
)


@pytest.fixture
def sasrec_case():
    """SASRec beside Hugging Face's BERT as a decoder."""
    return SASREC


@pytest.fixture(params=CASES, ids=[case.name for case in CASES])
def case(request):
    """Every pair of models in turn."""
    return request.param


@pytest.fixture(autouse=True)
def fixed_seed():
    torch.manual_seed(7)


@pytest.fixture
def tokenizer_json():
    """A tokenizer of as many words as the tiny models have embeddings."""
    words = {f"w{number}": number for number in range(VOCAB_SIZE)}
    return Tokenizer(models.WordLevel(words, unk_token="w1")).to_str()


@pytest.fixture
def open_reference(tmp_path):
    """Write a Hugging Face model and open it as ours."""

    def open_it(reference, name="reference"):
        reference.eval().save_pretrained(tmp_path / name)
        return open_huggingface(tmp_path / name)

    return open_it


@pytest.fixture
def ours(case, open_reference):
    """Our model of the case, ready to answer."""
    return open_reference(case.reference())


def make_inputs(case):
    """Return ids and a mask in which the second text of three is padded."""
    ids = torch.randint(4, VOCAB_SIZE, (3, 9))
    mask = torch.ones(3, 9, dtype=torch.long)
    mask[1, 5:] = 0
    inputs = {"input_ids": ids, "attention_mask": mask}
    if case.has_decoder_input:
        inputs["decoder_input_ids"] = torch.randint(4, VOCAB_SIZE, (3, 6))
    return inputs


@pytest.fixture
def check_equal():
    """The equality check: two models give the same numbers at every real position."""

    def check(case, ours, reference, *, tolerance=TOLERANCE):
        inputs = make_inputs(case)
        with torch.inference_mode():
            found = ours.eval()(**inputs)
            expected = reference.eval()(**inputs)
            unmasked = {key: value for key, value in inputs.items() if key != "attention_mask"}
            found_unmasked = ours(**unmasked)
            expected_unmasked = reference(**unmasked)
        pairs = [(found, expected), (found_unmasked, expected_unmasked)]
        for left, right in pairs:
            left, right = (x if isinstance(x, torch.Tensor) else x[0] for x in (left, right))
            assert left.shape == right.shape
            difference = (left - right).abs()
            if left is found and left.shape[:2] == inputs["input_ids"].shape:
                difference = difference[inputs["attention_mask"] == 1]
            assert difference.max() < tolerance
            assert right.abs().max() > 1e-3

    return check


@pytest.fixture
def check_round_trip(tmp_path, tokenizer_json):
    """The round-trip check: ours, a folder, Hugging Face's class, its folder, ours again.

    Every weight comes back bit for bit, under a config that says the same.
    """

    def check(case, ours, reference_class):
        first, second = tmp_path / "ours", tmp_path / "theirs"
        save_checkpoint(first, ours, tokenizer_json=tokenizer_json, task="test", labels=case.labels)
        reloaded = load_checkpoint(first)
        theirs, report = reference_class.from_pretrained(first, output_loading_info=True)
        problems = {name: list(found) for name, found in report.items() if found}
        assert not problems, f"Hugging Face does not find itself in the folder: {problems}"
        theirs.save_pretrained(second)
        for name in ("madang.json", "tokenizer.json"):
            (second / name).write_bytes((first / name).read_bytes())
        returned = load_checkpoint(second)
        for model in (reloaded.model, returned.model):
            assert type(model) is type(ours)
            assert model.config == ours.config
            weights = ours.state_dict()
            assert model.state_dict().keys() == weights.keys()
            assert all(torch.equal(model.state_dict()[key], weights[key]) for key in weights)
        assert reloaded.manifest.family == case.family
        assert returned.manifest.labels == case.labels
        fields = json.loads((first / "config.json").read_text())
        assert fields["architectures"] == [reference_class.__name__]
        return theirs

    return check
