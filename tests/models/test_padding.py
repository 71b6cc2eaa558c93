"""Laws that hold for every family: padding, batching and hidden tokens change no answer."""

import torch

from madang.models.bert import EncoderOutput

LENGTHS = (9, 4, 1, 7)
EQUAL = {"rtol": 0, "atol": 2e-6}


def make_texts():
    return [torch.randint(4, 31, (1, length)) for length in LENGTHS]


def pad(texts, *, width=12, filler=0):
    ids = torch.full((len(texts), width), filler)
    mask = torch.zeros(len(texts), width, dtype=torch.long)
    for row, text in enumerate(texts):
        ids[row, : text.shape[1]] = text[0]
        mask[row, : text.shape[1]] = 1
    return ids, mask


def answer(case, model, ids, mask=None):
    """Return the model's numbers for a batch; a decoder always writes the same short text."""
    with torch.inference_mode():
        if case.has_decoder_input:
            written = torch.tensor([[0, 5, 6]]).expand(len(ids), -1)
            return model(ids, written, attention_mask=mask)
        return joined(model(ids, mask))


def joined(answers):
    """Return starts and ends as one tensor, (B, T, 2), and an encoder's tokens of its pair."""
    if isinstance(answers, EncoderOutput):
        return answers.sequence_output
    return torch.stack(answers, dim=-1) if isinstance(answers, tuple) else answers


def real_part(case, answers, row):
    """Return one text's own part of the answer to a padded batch."""
    if case.has_decoder_input or answers.ndim == 2:
        return answers[row : row + 1]
    return answers[row : row + 1, : LENGTHS[row]]


def test_padding_and_batching_do_not_change_the_answer(case, ours):
    texts = make_texts()
    answers = answer(case, ours, *pad(texts))
    for row, text in enumerate(texts):
        alone = answer(case, ours, text)
        torch.testing.assert_close(real_part(case, answers, row), alone, **EQUAL)


def test_what_stands_under_the_padding_does_not_change_the_answer(case, ours):
    texts = make_texts()
    one, other = (answer(case, ours, *pad(texts, filler=filler)) for filler in (0, 17))
    for row in range(len(texts)):
        left, right = real_part(case, one, row), real_part(case, other, row)
        torch.testing.assert_close(left, right, **EQUAL)


def test_a_mask_of_ones_is_no_mask(case, ours):
    ids = torch.randint(4, 31, (3, 8))
    torch.testing.assert_close(
        answer(case, ours, ids, torch.ones_like(ids)), answer(case, ours, ids), **EQUAL
    )


def test_the_order_of_a_batch_does_not_change_its_answers(case, ours):
    ids, mask = pad(make_texts())
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(
        answer(case, ours, ids[order], mask[order]), answer(case, ours, ids, mask)[order], **EQUAL
    )


def test_a_text_without_a_single_real_token_gives_numbers(case, ours):
    ids = torch.randint(4, 31, (2, 5))
    mask = torch.tensor([[1, 1, 1, 0, 0], [0, 0, 0, 0, 0]])
    assert answer(case, ours, ids, mask).isfinite().all()


def test_training_reaches_every_weight(case, ours):
    ids = torch.randint(4, 31, (3, 8))
    ours.train()
    written = (torch.randint(4, 31, (3, 4)),) if case.has_decoder_input else ()
    hidden = joined(ours(ids, *written))
    if case.name.startswith("bert") and case.family == "bert":
        hidden = ours.pooler(hidden)
    hidden.square().sum().backward()
    without = [name for name, weight in ours.named_parameters() if weight.grad is None]
    assert without == []
    assert all(weight.grad.isfinite().all() for weight in ours.parameters())
