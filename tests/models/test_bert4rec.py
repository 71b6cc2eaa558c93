"""BERT4Rec asks for the hidden item at the end of a history, SASRec for what follows its last."""

import pytest
import torch
import transformers
from torch.nn import functional

from madang.errors import SettingError
from madang.models.bert4rec import (
    Bert4Rec,
    Bert4RecConfig,
    Candidates,
    CandidateScores,
    SasRec,
    SasRecConfig,
)
from madang.models.huggingface import from_huggingface
from madang.models.weights import read_tensors

HISTORIES = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14, 15, 16, 17]]
SIZE = {
    "vocab_size": 31,
    "hidden_size": 16,
    "max_position_embeddings": 10,
    "initializer_range": 0.3,
}
MASK = 30


@pytest.fixture
def bert4rec():
    return Bert4Rec(Bert4RecConfig(**SIZE)).eval()


@pytest.fixture
def sasrec():
    return SasRec(SasRecConfig(**SIZE)).eval()


@pytest.fixture(params=["bert4rec", "sasrec"])
def model(request):
    return request.getfixturevalue(request.param)


def padded(histories):
    ids = torch.zeros(len(histories), max(map(len, histories)), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, history in enumerate(histories):
        ids[row, : len(history)] = torch.tensor(history)
        mask[row, : len(history)] = 1
    return ids, mask


def asked(model, history):
    """Return what is read to recommend after a history: the law of each model, by hand."""
    return history if isinstance(model, SasRec) else [*history, MASK]


def test_the_next_item_is_scored_where_each_model_asks_for_it(model):
    found = model.score_next(*padded(HISTORIES))
    for row, history in enumerate(HISTORIES):
        expected = model(torch.tensor([asked(model, history)]))[0, -1]
        torch.testing.assert_close(found[row, 1:MASK], expected[1:MASK], rtol=0, atol=1e-5)
        alone = model.score_next(torch.tensor([history]))
        torch.testing.assert_close(alone[0, 1:MASK], expected[1:MASK], rtol=0, atol=1e-5)


def test_padding_and_mask_are_never_recommended(model):
    scores = model.score_next(torch.tensor([[5, 6]]))
    assert scores[0, [0, MASK]].tolist() == [-torch.inf, -torch.inf]
    assert scores[0, 1:MASK].isfinite().all()


def test_an_empty_history_gets_an_answer(bert4rec):
    ids = torch.zeros(1, 1, dtype=torch.long)
    expected = bert4rec(torch.tensor([[MASK]]))[0, 0]
    found = bert4rec.score_next(ids, ids)[0]
    torch.testing.assert_close(found[1:MASK], expected[1:MASK], rtol=0, atol=1e-5)


def test_a_later_item_changes_nothing_that_sasrec_says_earlier(sasrec):
    one, other = sasrec(torch.tensor([[5, 6, 7, 8], [5, 6, 9, 3]]))
    torch.testing.assert_close(one[:2], other[:2], rtol=0, atol=1e-5)
    assert (one[2:] - other[2:]).abs().max() > 1e-2


def test_a_later_item_changes_what_bert4rec_says_earlier(bert4rec):
    one, other = bert4rec(torch.tensor([[5, 6, 7, 8], [5, 6, 9, 3]]))
    assert (one[:2] - other[:2]).abs().max() > 1e-2


def test_candidates_are_scored_as_among_all_items(model):
    ids, rows = torch.tensor([[5, 6, 7], [8, 9, 10]]), torch.tensor([1, 3, 5])
    own, shared = torch.tensor([4, 5, 6]), torch.tensor([20, 4])
    found = model(ids, rows=rows, candidates=Candidates(own, shared))
    scores = model(ids, rows=rows)
    expected = CandidateScores(scores.gather(1, own[:, None])[:, 0], scores[:, shared])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("history", HISTORIES)
def test_the_last_position_alone_gives_the_vector_of_the_whole_pass(model, history):
    ids = torch.tensor([asked(model, history)])
    found = model.vector_last(model.encoder.token(ids))
    expected = model.vector_next(torch.tensor([history]))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
    score = functional.linear(found, model.encoder.token.weight, model.head.bias)
    torch.testing.assert_close(score[0], model(ids)[0, -1], rtol=0, atol=1e-5)


def opened(reference, folder, **changes):
    reference.save_pretrained(folder)
    fields = reference.config.to_dict() | {"architectures": [type(reference).__name__], **changes}
    return from_huggingface("bert4rec", fields, read_tensors(folder))


def test_sasrec_is_a_bert_decoder(sasrec_case, tmp_path, check_equal):
    reference = sasrec_case.reference()
    ours = opened(reference, tmp_path)
    assert isinstance(ours, SasRec)
    check_equal(sasrec_case, ours, reference)


def test_sasrec_opens_elsewhere_as_a_bert_decoder_and_comes_back(
    sasrec_case, tmp_path, check_equal, check_round_trip
):
    ours = opened(sasrec_case.reference(), tmp_path)
    theirs = check_round_trip(sasrec_case, ours, transformers.BertLMHeadModel)
    assert theirs.config.is_decoder
    check_equal(sasrec_case, ours, theirs)


def test_a_decoder_is_not_taken_for_a_model_that_looks_both_ways(sasrec_case, tmp_path):
    with pytest.raises(SettingError, match="is_decoder = True; only False"):
        opened(sasrec_case.reference(), tmp_path, architectures=["BertForMaskedLM"])
