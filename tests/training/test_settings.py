"""Settings say what was given, what is allowed and what to do."""

import json
import re
from pathlib import Path

import pytest

from madang import validation
from madang.errors import SettingError
from madang.training.settings import TrainingSettings, UselessSettingWarning


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("num_epochs", 0, "a whole number from 1 on"),
        ("batch_size", 2.5, "a whole number from 1 on"),
        ("batch_size", True, "a whole number from 1 on"),
        ("patience", 0, "a whole number from 1 on or none"),
        ("warmup_steps", -1, "a whole number from 0 on or none"),
        ("warmup_fraction", 1.0, "from 0 to below 1"),
        ("learning_rate", 0.0, "above 0"),
        ("learning_rate", "fast", "a number"),
        ("betas", (0.9, 1.0), "a number from 0 to below 1"),
        ("max_gradient_norm", 0, "above 0 or none"),
        ("schedule", "exponential", "one of linear, cosine"),
        ("precision", "float16", "one of auto, float32, bfloat16"),
        ("trackers", ("wandb",), "one of tensorboard, mlflow"),
        ("trackers", "mlflow", "a list, each one of tensorboard, mlflow"),
        ("seed", None, "a whole number from 0 on"),
        ("energy", "yes", "true or false"),
    ],
)
def test_a_value_out_of_range_is_refused(name, value, allowed):
    with pytest.raises(SettingError, match=rf"^{name}(\[\d\])? is .*; it must be .*{allowed}"):
        TrainingSettings(**{name: value})


def test_an_unknown_setting_is_answered_with_the_nearest_one():
    with pytest.raises(SettingError, match=r"unknown key 'epochs'. Did you mean 'num_epochs'\?"):
        validation.convert({"epochs": 3}, TrainingSettings)
    with pytest.raises(SettingError, match=r"unknown key 'zzz'. Known are num_epochs, "):
        validation.convert({"zzz": 3}, TrainingSettings)


def test_two_warmups_are_one_too_many():
    with pytest.warns(UselessSettingWarning, match="warmup_fraction has no effect: warmup_steps"):
        TrainingSettings(warmup_steps=100, warmup_fraction=0.2)


def test_settings_survive_json():
    settings = TrainingSettings(betas=(0.8, 0.9), trackers=("tensorboard",), patience=3)
    kept = json.loads(json.dumps(settings.to_mapping()))
    assert validation.convert(kept, TrainingSettings) == settings


def test_the_documentation_tells_every_setting_and_its_default():
    page = Path(__file__).parents[2] / "docs" / "training.md"
    rows = re.findall(r"^\| `(\w+)` \| (none|`[^`]*`) \|", page.read_text(), flags=re.MULTILINE)
    told = {name: None if value == "none" else json.loads(value.strip("`")) for name, value in rows}
    assert told == TrainingSettings().to_mapping()
