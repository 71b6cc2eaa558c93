"""Attention relations as they are written in the paper, by hand in numpy, and by their laws."""

import numpy as np
import torch
from numpy.typing import NDArray

from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder
from madang.models.bert.relation import log_relation, read_layers, relation_divergence

CONFIG = BertConfig(
    vocab_size=31,
    hidden_size=12,
    num_hidden_layers=3,
    num_attention_heads=2,
    intermediate_size=20,
    max_position_embeddings=16,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
Floats = NDArray[np.float64]


def relations_by_hand(vector_TD: Floats, num_heads: int) -> Floats:
    """Return softmax(A_a Aᵀ_a / sqrt(d)) of each relation head a: Wang 2021, equations 4 and 5."""
    length, width = vector_TD.shape
    size = width // num_heads
    relation_RTT = np.zeros((num_heads, length, length))
    for head in range(num_heads):
        part_TK = vector_TD[:, head * size : (head + 1) * size]
        for row in range(length):
            scores_T = np.exp(
                [part_TK[row] @ part_TK[other] / np.sqrt(size) for other in range(length)]
            )
            relation_RTT[head, row] = scores_T / scores_T.sum()
    return relation_RTT


def divergence_by_hand(teacher_TD: Floats, student_TD: Floats, num_heads: int) -> Floats:
    """Return KL(teacher || student) of each position, the mean over the relation heads."""
    teacher, student = (relations_by_hand(each, num_heads) for each in (teacher_TD, student_TD))
    return np.asarray((teacher * np.log(teacher / student)).sum(-1).mean(0))


def test_relations_and_their_divergence_are_those_of_the_paper() -> None:
    torch.manual_seed(1)
    # The widths may differ: only the positions are compared.
    teacher_BTD, student_BTD = torch.randn(2, 7, 12), torch.randn(2, 7, 8)
    found_BRTT = log_relation(teacher_BTD, num_heads=4).exp().numpy()
    found_BT = relation_divergence(teacher_BTD, student_BTD, num_heads=4).numpy()
    for text in range(2):
        teacher_TD, student_TD = (
            each[text].double().numpy() for each in (teacher_BTD, student_BTD)
        )
        np.testing.assert_allclose(found_BRTT[text], relations_by_hand(teacher_TD, 4), atol=1e-6)
        expected_T = divergence_by_hand(teacher_TD, student_TD, 4)
        np.testing.assert_allclose(found_BT[text], expected_T, atol=1e-5)


def test_padding_has_no_part_in_a_relation() -> None:
    torch.manual_seed(2)
    teacher_1TD, student_1TD = torch.randn(1, 5, 12), torch.randn(1, 5, 12)
    alone_1T = relation_divergence(teacher_1TD, student_1TD, num_heads=3)
    longer_1TD, other_1TD = (
        torch.cat([each, 9 * torch.randn(1, 2, 12)], dim=1) for each in (teacher_1TD, student_1TD)
    )
    mask_1T = torch.tensor([[1, 1, 1, 1, 1, 0, 0]])
    found_1T = relation_divergence(longer_1TD, other_1TD, mask_1T, num_heads=3)
    torch.testing.assert_close(found_1T[:, :5], alone_1T)
    assert (found_1T[:, 5:] == 0).all()


def test_the_vectors_of_the_layers_are_those_that_the_blocks_pass_on() -> None:
    torch.manual_seed(3)
    encoder = BertEncoder(CONFIG).eval()
    ids_BT, mask_BT = torch.randint(0, 31, (2, 6)), torch.ones(2, 6, dtype=torch.int64)
    mask_BT[1, 4:] = 0
    seen: list[torch.Tensor] = []
    read: list[torch.Tensor] = []
    attention = encoder.blocks[1].attention.part
    for part in (attention.query, attention.key, attention.value):
        part.register_forward_hook(lambda part, inputs, output: read.append(output))
    for block in encoder.blocks:
        block.register_forward_hook(lambda part, inputs, output: seen.append(output))
    with torch.no_grad():
        reading = read_layers(encoder, ids_BT, mask_BT, relation_layer=2)
        torch.testing.assert_close(reading.hidden[-1], encoder.encode(ids_BT, mask_BT))
    for ours, theirs in zip(reading.hidden, seen[:3], strict=True):
        torch.testing.assert_close(ours, theirs)
    # Projected once beside the block and once within it, and once more by ``encode``.
    for ours, theirs in zip(reading.projected, read[3:6], strict=True):
        torch.testing.assert_close(ours, theirs)
