"""How far outputs are from a teacher's, counted again in numpy; and both losses in one pass."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from madang.decoding.tag import tag_names
from madang.models.bert.heads.crf import LinearChain
from madang.tasks.classification.objective import Classification, LabelledExample
from madang.tasks.distillation import Distilled, TaughtExample
from madang.tasks.embedding.objective import Contrastive, EmbeddingExample
from madang.tasks.multi_label.objective import MultiLabel
from madang.tasks.objective import binary_divergence, soft_divergence
from madang.tasks.pair.objective import PairClassification, Similarity
from madang.tasks.tagging.objective import Tagging
from madang.training.objective import Batch

Floats = NDArray[np.float64]
TAGS = tag_names(["PER", "ORG"])


def softmax(logits: Floats) -> Floats:
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(weights / weights.sum(-1, keepdims=True))


def kl(one: Floats, other: Floats) -> float:
    return float((one * np.log(one / other)).sum())


@pytest.mark.parametrize("temperature", [1.0, 3.0])
@pytest.mark.parametrize("num_readings", [1, 2])
def test_the_divergence_of_labels_is_that_of_both_softened_answers(
    temperature: float, num_readings: int
) -> None:
    torch.manual_seed(1)
    student, teacher = torch.randn(num_readings * 4, 3), 3 * torch.randn(4, 3)
    found = soft_divergence(student, teacher, temperature=temperature)
    goal_BC = softmax(teacher.double().numpy() / temperature)
    expected = temperature**2 * np.mean(
        [
            kl(goal_BC, softmax(part.double().numpy() / temperature))
            for part in student.chunk(num_readings)
        ]
    )
    assert float(found) == pytest.approx(float(expected), rel=1e-5)


def test_labels_that_do_not_exclude_each_other_diverge_one_by_one() -> None:
    torch.manual_seed(2)
    student, teacher = torch.randn(6, 2), torch.randn(3, 2)
    found = binary_divergence(student, teacher, temperature=2.0)
    expected = 0.0
    for text in range(3):
        for label in range(2):
            goal = 1 / (1 + np.exp(-float(teacher[text, label]) / 2))
            for reading in (text, text + 3):
                own = 1 / (1 + np.exp(-float(student[reading, label]) / 2))
                both = np.array([goal, 1 - goal]), np.array([own, 1 - own])
                expected += kl(*both) * 4 / 2
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_a_high_temperature_compares_the_logits_themselves() -> None:
    """Hinton 2015, section 2.1: what is left is half the squared difference, over C."""
    torch.manual_seed(3)
    student, teacher = (each - each.mean(-1, keepdim=True) for each in torch.randn(2, 5, 4))
    found = soft_divergence(student, teacher, temperature=100.0)
    assert float(found) == pytest.approx(float((student - teacher).square().sum() / 8), rel=0.02)


def outputs_of(name: str, seed: int, *, width: int = 6) -> tuple[Tensor, ...]:
    """Return what a model of a task may say of a batch of three."""
    torch.manual_seed(seed)
    if name == "tagging":
        chain = LinearChain(TAGS)
        nn.init.normal_(chain.transition)
        return torch.randn(3, 4, len(TAGS)), chain().detach()[None]
    if name == "embedding":
        return (nn.functional.normalize(torch.randn(6, width), dim=-1),)
    return (torch.randn(3, 1 if name == "similarity" else 2),)


OBJECTIVES: dict[str, Any] = {
    "classification": Classification(num_classes=2),
    "multi_label": MultiLabel(num_labels=2),
    "pair_classification": PairClassification(num_classes=2),
    "similarity": Similarity(),
    "tagging": Tagging(tags=TAGS),
    "embedding": Contrastive(),
}
BATCH: Batch = {
    "tags": torch.tensor([[0, 1, 2, 0], [1, 2, -100, -100], [0, -100, -100, -100]]),
    "first": torch.tensor([0, 2, 4]),
    "second": torch.tensor([1, 3, 5]),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_model_is_as_far_from_its_teacher_as_they_differ(name: str) -> None:
    """Nothing from an equal one, and downhill towards it from any other."""
    objective, teacher = OBJECTIVES[name], outputs_of(name, 4)
    answers = [each.expand(3, *each.shape[1:]) if len(each) == 1 else each for each in teacher]

    def distance(own: tuple[Tensor, ...]) -> Tensor:
        output = own if len(own) > 1 else own[0]
        return objective.imitation(output, answers, BATCH, temperature=2.0)

    assert float(distance(teacher)) == pytest.approx(0, abs=1e-4)
    other = tuple(each.clone().requires_grad_() for each in outputs_of(name, 5))
    far = distance(other)
    assert float(far.detach()) > 0.1
    far.backward()
    nearer = tuple(each.detach() - 1e-3 * each.grad for each in other)
    assert float(distance(nearer)) < float(far.detach())


def test_tags_without_a_chain_are_learned_by_a_chain_that_forbids_some() -> None:
    teacher = torch.randn(3, 4, len(TAGS)), torch.zeros(3, len(TAGS), len(TAGS))
    student = outputs_of("tagging", 6)
    distance = Tagging(tags=TAGS).imitation(student, teacher, BATCH, temperature=1.0)
    assert 0 < float(distance) < 100
    free = Tagging(tags=TAGS, crf=False)
    without = torch.randn(3, 4, len(TAGS)), torch.zeros(1, len(TAGS), len(TAGS))
    found = free.imitation(without, teacher, BATCH, temperature=1.0)
    real = BATCH["tags"] >= 0
    both = (softmax(each[real].double().numpy()) for each in (teacher[0], without[0]))
    assert float(found) == pytest.approx(kl(*both), rel=1e-4)


def test_cosines_are_compared_whatever_the_width() -> None:
    (teacher,), (student,) = outputs_of("embedding", 7, width=9), outputs_of("embedding", 8)
    found = Contrastive(score_temperature=0.5).imitation(student, [teacher], BATCH, temperature=1)
    square = ((student @ student.T - teacher @ teacher.T) / 0.5).double().numpy() ** 2
    own = sum(square[pair] for pair in ((0, 1), (2, 3), (4, 5)))
    others = np.mean([square[one, two] for one in range(6) for two in range(6) if one != two])
    assert float(found) == pytest.approx(float(own + 3 * others), rel=1e-4)


def test_a_teachers_vectors_stand_in_the_order_of_the_batchs_texts() -> None:
    objective = Contrastive()
    examples = [
        EmbeddingExample(first=[2, 5, 3], second=[2, 6, 3], unlike=[2, 7, 3]),
        EmbeddingExample(first=[2, 6, 3], second=[2, 8, 3], score=1.0),
    ]
    vectors = {token: np.full(2, token, np.float32) for token in range(5, 9)}
    answers = [tuple(vectors[text[1]] for text in each.texts) for each in examples]
    batch = objective.collate(examples, torch.Generator())
    (found,) = objective.collate_answers(examples, answers)
    assert found[:, 0].tolist() == batch["input_ids"][:, 1].tolist()


class Logits(nn.Module):
    """A model that says the same of every text; it counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.tensor([0.2, -0.4]))
        self.calls = 0

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        self.calls += 1
        return self.logit.expand(len(ids), 2)


@pytest.mark.parametrize("weight", [0.25, 1.0])
def test_both_losses_are_weighed_and_the_model_is_asked_once(weight: float) -> None:
    own = Classification(num_classes=2, consistency=1.0)
    objective = Distilled(objective=own, weight=weight, temperature=2.0)
    plain = [LabelledExample(ids=[2, 3], label=label) for label in (0, 1, 1)]
    answers = [(np.array(each, np.float32),) for each in ([1, 0], [0, 2], [0, 0])]
    taught = [TaughtExample(*each) for each in zip(plain, answers, strict=True)]
    model = Logits()
    batch = objective.collate(taught, torch.Generator())
    output = objective.loss(model, batch)
    assert model.calls == 1
    expected_own = own.loss(model, own.collate(plain, torch.Generator()))
    distance = soft_divergence(
        model.logit.expand(3, 2), torch.tensor([[1.0, 0], [0, 2], [0, 0]]), temperature=2.0
    )
    expected = (1 - weight) * expected_own.loss_sum + weight * distance
    assert float(output.loss_sum.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    assert (output.num_items, output.num_tokens) == (3, expected_own.num_tokens)
    assert objective.length(taught[0]) == objective.length(plain[0]) == 2
    # What is measured knows no teacher.
    measured = objective.collate(plain, torch.Generator())
    with torch.no_grad():
        assert objective.evaluate(model, [measured]) == own.evaluate(model, [measured])
