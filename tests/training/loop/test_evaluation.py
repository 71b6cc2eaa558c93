"""An evaluation asks the same questions each time and leaves the model as it was."""

import torch

from madang.tasks.classification.objective import Classification
from madang.training.loop.evaluation import evaluate


def test_two_evaluations_agree_and_leave_mode_and_random_numbers_alone(
    tiny_model, labelled_examples, training_settings
):
    model = tiny_model(dropout=0.5)
    model.train()
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    given = {
        "model": model,
        "objective": Classification(num_classes=2),
        "data": labelled_examples,
        "settings": training_settings(),
    }
    first = evaluate(**given)
    assert evaluate(**given) == first
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(torch.rand(1), expected)


def test_the_size_of_batches_does_not_change_the_figures(
    tiny_model, labelled_examples, training_settings
):
    figures = [
        evaluate(
            model=tiny_model(),
            objective=Classification(num_classes=2),
            data=labelled_examples,
            settings=training_settings(batch_size=size),
        )
        for size in (1, 60)
    ]
    for name, value in figures[0].items():
        assert abs(figures[1][name] - value) < 1e-6
