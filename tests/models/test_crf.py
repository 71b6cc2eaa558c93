"""The chain's log-likelihood against all paths one by one; what is forbidden stays forbidden."""

import itertools

import pytest
import torch

from madang.models.bert.heads.crf import (
    FORBIDDEN,
    LinearChain,
    allowed_transitions,
    log_likelihood,
    path_divergence,
)

TAGS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG")


def path_score(emission_TC, transition_CC, path):
    total, before = 0.0, 0
    for position, tag in enumerate(path):
        total += float(emission_TC[position, tag] + transition_CC[before, tag])
        before = tag
    return total


def test_the_log_likelihood_is_the_share_of_the_path_among_all():
    torch.manual_seed(1)
    chain = LinearChain(TAGS)
    torch.nn.init.normal_(chain.transition)
    emission_BTC = torch.randn(3, 4, len(TAGS))
    lengths = [4, 1, 3]
    mask_BT = torch.arange(4)[None] < torch.tensor(lengths)[:, None]
    tags_BT = torch.tensor([[1, 2, 0, 3], [3, 0, 0, 0], [0, 1, 2, 0]])
    found = log_likelihood(emission_BTC, chain(), tags_BT, mask_BT)
    for row, length, tags, value in zip(emission_BTC, lengths, tags_BT, found, strict=True):
        scores = torch.tensor(
            [
                path_score(row, chain().detach(), path)
                for path in itertools.product(range(len(TAGS)), repeat=length)
            ]
        )
        expected = path_score(row, chain().detach(), tags[:length]) - scores.logsumexp(0)
        assert float(value.detach()) == pytest.approx(float(expected), abs=1e-4)


def test_all_legal_paths_together_have_probability_one_and_the_others_none():
    torch.manual_seed(2)
    chain = LinearChain(TAGS)
    emission_1TC = torch.randn(1, 3, len(TAGS))
    paths = torch.tensor(list(itertools.product(range(len(TAGS)), repeat=3)))
    chances = log_likelihood(
        emission_1TC.expand(len(paths), -1, -1), chain(), paths, torch.ones_like(paths, dtype=bool)
    ).exp()
    allowed = allowed_transitions(TAGS)
    is_legal = torch.tensor(
        [all(allowed[pair] for pair in itertools.pairwise([0, *path])) for path in paths.tolist()]
    )
    assert float(chances.detach().sum()) == pytest.approx(1, abs=1e-5)
    assert float(chances[~is_legal].detach().max()) == 0


def test_an_inside_tag_follows_its_own_type_alone():
    for (first, before), (second, tag) in itertools.product(enumerate(TAGS), repeat=2):
        is_allowed = not tag.startswith("I") or before[2:] == tag[2:]
        assert bool(allowed_transitions(TAGS)[first, second]) == is_allowed
    assert float(LinearChain(TAGS)().detach()[0, 2]) == FORBIDDEN


def test_padding_and_batch_mates_change_nothing():
    torch.manual_seed(3)
    transition_CC = torch.randn(3, 3)
    emission_BTC = torch.randn(2, 5, 3)
    mask_BT = torch.tensor([[1, 1, 0, 0, 0], [1, 1, 1, 1, 1]]).bool()
    tags_BT = torch.tensor([[0, 1, 0, 0, 0], [2, 1, 0, 1, 2]])
    both = log_likelihood(emission_BTC, transition_CC, tags_BT, mask_BT)
    emission_BTC[0, 2:] = 1e3
    assert torch.equal(log_likelihood(emission_BTC, transition_CC, tags_BT, mask_BT), both)
    alone = log_likelihood(emission_BTC[:1, :2], transition_CC, tags_BT[:1, :2], mask_BT[:1, :2])
    assert torch.allclose(alone, both[:1])


def test_sums_stay_in_float32_under_autocast():
    torch.manual_seed(4)
    emission_BTC = torch.randn(2, 40, 5)
    transition_CC = torch.randn(5, 5)
    tags_BT = torch.randint(5, (2, 40))
    mask_BT = torch.ones_like(tags_BT).bool()
    expected = log_likelihood(emission_BTC, transition_CC, tags_BT, mask_BT)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = log_likelihood(emission_BTC, transition_CC, tags_BT, mask_BT)
    assert found.dtype == torch.float32
    assert torch.equal(found, expected)


def test_the_gradient_of_the_emissions_is_what_is_true_less_what_is_probable():
    """Lafferty 2001, section 3: the expectation under the data minus that under the model."""
    from madang.decoding.viterbi import Chain

    torch.manual_seed(5)
    emission_1TC = torch.randn(1, 6, 3, requires_grad=True)
    transition_CC = torch.randn(3, 3)
    tags_1T = torch.tensor([[0, 1, 2, 2, 0, 1]])
    log_likelihood(emission_1TC, transition_CC, tags_1T, torch.ones_like(tags_1T).bool()).backward()
    true_TC = torch.nn.functional.one_hot(tags_1T[0], 3)
    chain = Chain(emission_1TC[0].detach().numpy(), transition_CC.numpy())
    expected = true_TC - torch.from_numpy(chain.forward_TC * chain.backward_TC).float()
    assert torch.allclose(emission_1TC.grad[0], expected, atol=1e-5)


def test_two_chains_diverge_as_their_paths_do_one_by_one():
    torch.manual_seed(5)
    chains = []
    for _ in range(2):
        chain = LinearChain(TAGS)
        torch.nn.init.normal_(chain.transition)
        chains.append((torch.randn(2, 3, len(TAGS)), chain().detach()))
    lengths = [3, 2]
    mask_BT = torch.arange(3)[None] < torch.tensor(lengths)[:, None]
    expected = 0.0
    for text, length in enumerate(lengths):
        paths = list(itertools.product(range(len(TAGS)), repeat=length))
        teacher, student = (
            torch.tensor(
                [path_score(emission[text], transition, path) for path in paths],
                dtype=torch.float64,
            ).log_softmax(0)
            for emission, transition in chains
        )
        expected += float((teacher.exp() * (teacher - student)).sum())
    found = path_divergence(chains[0], chains[1], mask_BT)
    assert float(found) == pytest.approx(expected, rel=1e-4)
    assert float(path_divergence(chains[0], chains[0], mask_BT)) == pytest.approx(0, abs=1e-5)
