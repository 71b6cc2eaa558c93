"""The loop learns, stops, resumes and refuses as it says."""

import json
import math

import pytest
import torch

from madang.errors import CheckpointError, SettingError, TrainingError
from madang.tasks.classification.objective import Classification, LabelledExample
from madang.training import train
from madang.training.loop import checkpoint
from madang.training.loop.loop import DIVERGENCE_NAME
from madang.training.settings import UselessSettingWarning

OBJECTIVE = Classification(num_classes=2)


def losses(result):
    return [record["loss"] for record in result.history if record["event"] == "train"]


def test_the_loss_falls_and_the_task_is_learned(
    tmp_path, tiny_model, labelled_examples, training_settings
):
    result = train(
        model=tiny_model(),
        objective=OBJECTIVE,
        train_data=labelled_examples,
        validation_data=labelled_examples,
        settings=training_settings(num_epochs=20),
        folder=tmp_path,
    )
    assert losses(result)[-1] < losses(result)[0] / 2
    assert result.best_metric == 1.0
    assert result.metric == "accuracy"


def test_a_long_text_alone_weighs_as_much_as_a_short_one(
    tmp_path, tiny_model, labelled_examples, training_settings
):
    """Accumulation gives the weights of the one large batch, however its parts are cut."""
    whole, parts = tiny_model(), tiny_model()
    common = {"num_epochs": 1, "max_gradient_norm": None}
    train(
        model=whole,
        objective=OBJECTIVE,
        train_data=labelled_examples,
        settings=training_settings(batch_size=60, **common),
        folder=tmp_path / "whole",
    )
    train(
        model=parts,
        objective=OBJECTIVE,
        train_data=labelled_examples,
        settings=training_settings(batch_size=60, batch_tokens=70, accumulation=100, **common),
        folder=tmp_path / "parts",
    )
    for name, weight in whole.state_dict().items():
        torch.testing.assert_close(parts.state_dict()[name], weight, rtol=1e-5, atol=1e-6)


def test_the_first_update_is_that_of_adamw_by_hand(tmp_path, tiny_model, training_settings):
    """One step of AdamW moves each weight by the learning rate against its gradient's sign."""
    model, before = tiny_model(), tiny_model()
    data = [LabelledExample(ids=[3], label=0), LabelledExample(ids=[4, 5], label=1)]
    given = training_settings(
        num_epochs=1, learning_rate=0.01, weight_decay=0.1, warmup_fraction=0.0
    )
    train(model=model, objective=OBJECTIVE, train_data=data, settings=given, folder=tmp_path)
    batch = OBJECTIVE.collate(data, torch.Generator())
    OBJECTIVE.loss(before, batch).loss_sum.backward()
    for name, parameter in before.named_parameters():
        decay = 0.1 if parameter.ndim == 2 else 0.0
        expected = parameter * (1 - 0.01 * decay) - 0.01 * parameter.grad.sign()
        untouched = parameter.grad == 0
        after = dict(model.named_parameters())[name]
        torch.testing.assert_close(after[~untouched], expected[~untouched], rtol=1e-4, atol=1e-5)


def test_the_best_weights_are_left_in_the_model(
    tmp_path, tiny_model, labelled_examples, training_settings
):
    class Worsening(Classification):
        """Say that each evaluation is worse than the one before."""

        def evaluate(self, model, batches):
            seen.append({name: value.clone() for name, value in model.state_dict().items()})
            return {"accuracy": 1.0 / len(seen)}

    seen = []
    model = tiny_model()
    result = train(
        model=model,
        objective=Worsening(num_classes=2),
        train_data=labelled_examples,
        validation_data=labelled_examples,
        settings=training_settings(num_epochs=9, patience=2),
        folder=tmp_path,
    )
    assert len(seen) == 3
    assert result.stopped_early
    assert result.still_improving is False
    assert result.best_step < result.step
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(weight, seen[0][name], rtol=0, atol=0)


def test_a_run_that_still_improves_says_so(
    tmp_path, tiny_model, labelled_examples, training_settings
):
    result = train(
        model=tiny_model(),
        objective=Classification(num_classes=2, watch="loss"),
        train_data=labelled_examples,
        validation_data=labelled_examples,
        settings=training_settings(num_epochs=2),
        folder=tmp_path,
    )
    assert result.still_improving
    last = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])
    assert "still improving" in last["text"]


def test_a_loss_that_is_not_a_number_stops_and_names_the_examples(
    tmp_path, tiny_model, training_settings
):
    class Poisoned(Classification):
        def loss(self, model, batch):
            output = super().loss(model, batch)
            if (batch["input_ids"] == 13).any():
                output.loss_sum.data.fill_(math.nan)
            return output

    data = [LabelledExample(ids=[index], label=0) for index in range(1, 16)]
    with pytest.raises(TrainingError, match=r"loss is nan at step \d.*lower learning_rate"):
        train(
            model=tiny_model(),
            objective=Poisoned(num_classes=2),
            train_data=data,
            settings=training_settings(batch_size=4),
            folder=tmp_path,
        )
    record = json.loads((tmp_path / DIVERGENCE_NAME).read_text())
    assert 12 in record["examples"][0]
    assert len(record["examples"][0]) <= 4


def test_an_infinite_gradient_never_reaches_the_weights(tmp_path, tiny_model, training_settings):
    class Exploding(Classification):
        def loss(self, model, batch):
            output = super().loss(model, batch)
            output.loss_sum.register_hook(lambda gradient: gradient * math.inf)
            return output

    model = tiny_model()
    data = [LabelledExample(ids=[1], label=0)]
    with pytest.raises(TrainingError, match="gradient norm"):
        train(
            model=model,
            objective=Exploding(num_classes=2),
            train_data=data,
            settings=training_settings(),
            folder=tmp_path,
        )
    for name, weight in tiny_model().state_dict().items():
        assert torch.equal(model.state_dict()[name], weight)


def test_a_finished_run_is_not_trained_again(
    tmp_path, tiny_model, labelled_examples, training_settings
):
    given = {
        "objective": OBJECTIVE,
        "train_data": labelled_examples,
        "validation_data": labelled_examples,
        "settings": training_settings(num_epochs=2),
        "folder": tmp_path,
    }
    first, second = tiny_model(), tiny_model()
    result = train(model=first, **given)
    assert train(model=second, **given) == result
    for name, weight in first.state_dict().items():
        assert torch.equal(second.state_dict()[name], weight)


def test_a_run_goes_on_only_with_its_own_settings_data_and_model(
    tmp_path, tiny_model, labelled_examples, training_settings
):
    def go(*, model=None, data=labelled_examples, **changes):
        return train(
            model=model or tiny_model(),
            objective=OBJECTIVE,
            train_data=data,
            settings=training_settings(num_epochs=1, **changes),
            folder=tmp_path,
        )

    go()
    go(log_every=3)
    with pytest.raises(SettingError, match=r"learning_rate is 0\.5.*another folder"):
        go(learning_rate=0.5)
    with pytest.raises(SettingError, match="number of training examples is 59"):
        go(data=labelled_examples[:59])
    with pytest.raises(SettingError, match="order of the training examples"):
        go(data=labelled_examples[::-1])
    with pytest.raises(CheckpointError, match="another model than TinyClassifier"):
        go(model=tiny_model(num_classes=3))
    state = tmp_path / "last.safetensors"
    state.write_bytes(state.read_bytes()[:-20])
    with pytest.raises(CheckpointError, match="cut off"):
        go()


def test_a_long_time_without_a_checkpoint_is_cut_short(
    tmp_path, tiny_model, labelled_examples, training_settings, monkeypatch
):
    class Dying(Classification):
        def loss(self, model, batch):
            seen.append(batch)
            if len(seen) == 4:
                raise KeyboardInterrupt
            return super().loss(model, batch)

    seen = []
    monkeypatch.setattr("madang.training.loop.loop.MOST_SECONDS_UNSAVED", 0.0)
    with pytest.raises(KeyboardInterrupt):
        train(
            model=tiny_model(),
            objective=Dying(num_classes=2),
            train_data=labelled_examples,
            settings=training_settings(),
            folder=tmp_path,
        )
    _, record = checkpoint.load_run(tmp_path / "last.safetensors", tiny_model())
    assert record["state"]["step"] == 3


def test_starting_anew_forgets_the_old_run(
    tmp_path, tiny_model, labelled_examples, training_settings
):
    given = {"objective": OBJECTIVE, "train_data": labelled_examples, "folder": tmp_path}
    train(model=tiny_model(), settings=training_settings(num_epochs=1), **given)
    anew = training_settings(num_epochs=2, learning_rate=0.01)
    result = train(model=tiny_model(), settings=anew, resume=False, **given)
    assert [r["step"] for r in result.history] == list(range(1, result.step + 1))


def test_settings_without_effect_are_named(
    tmp_path, tiny_model, labelled_examples, training_settings
):
    given = {"objective": OBJECTIVE, "train_data": labelled_examples, "folder": tmp_path}
    with pytest.warns(UselessSettingWarning, match="patience has no effect: there is no valid"):
        train(model=tiny_model(), settings=training_settings(patience=1, max_steps=1), **given)
    with pytest.warns(UselessSettingWarning, match="max_steps has no effect: 1 epochs are 8 st"):
        train(
            model=tiny_model(),
            settings=training_settings(max_steps=99, num_epochs=1),
            resume=False,
            **given,
        )


def test_empty_data_is_refused(tmp_path, tiny_model, training_settings):
    with pytest.raises(TrainingError, match="empty: give at least one"):
        train(
            model=tiny_model(),
            objective=OBJECTIVE,
            train_data=[],
            settings=training_settings(),
            folder=tmp_path,
        )


def test_a_run_leaves_the_callers_random_numbers_alone(
    tmp_path, tiny_model, labelled_examples, training_settings
):
    torch.manual_seed(5)
    expected = torch.rand(1)
    model = tiny_model(dropout=0.5)
    torch.manual_seed(5)
    train(
        model=model,
        objective=OBJECTIVE,
        train_data=labelled_examples,
        settings=training_settings(num_epochs=1),
        folder=tmp_path,
    )
    assert torch.equal(torch.rand(1), expected)


def test_the_curves_are_drawn_beside_the_checkpoint(
    tmp_path, tiny_model, labelled_examples, training_settings
):
    train(
        model=tiny_model(),
        objective=OBJECTIVE,
        train_data=labelled_examples,
        validation_data=labelled_examples,
        settings=training_settings(num_epochs=2),
        folder=tmp_path,
    )
    picture = (tmp_path / "learning_curves.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best.safetensors",
        "last.safetensors",
        "learning_curves.png",
        "log.jsonl",
    ]
