"""A fine-tuned model teaches another one: asked once, kept, checked; the same way for each task."""

import dataclasses
import logging
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from madang.decoding.tag import tag_names
from madang.errors import CheckpointError, MadangError, SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.heads.pair import BertForTextPairs
from madang.models.bert.heads.sentence import SentenceEncoder
from madang.models.bert.heads.tagging import BertForCharacterTagging
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.models.model import Model
from madang.recipes.encoder import Encoder
from madang.recipes.fine_tuning import FineTuning, FineTuningRecipe, FineTuningRun, SelfTraining
from madang.recipes.shared import SharedRecipe
from madang.recipes.teacher import (
    FurtherTexts,
    ModelTeacher,
    OpenTeacher,
    read_answers,
    write_answers,
)
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.classification.task import Options as LabelOptions
from madang.tasks.distillation import TaughtExample
from madang.tasks.multi_label.task import Options as MultiLabelOptions
from madang.tasks.pair.task import LabelOptions as PairOptions
from madang.tasks.pair.task import ScoreOptions
from madang.tasks.predictor import load
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram
from madang.training.settings import TrainingSettings, UselessSettingWarning

WORDS = ("바다", "하늘", "커피", "산책", "영화", "음악", "특가", "할인")
LINES = [f"{one} {other} 좋다" for one in WORDS for other in WORDS]
TOKENIZER = train_unigram(LINES, vocab_size=60)
OTHER_TOKENIZER = train_unigram([f"{line} 다른 글" for line in LINES], vocab_size=60)
assert OTHER_TOKENIZER.sha256 != TOKENIZER.sha256
TAGS = tag_names(["LOC", "PER"])
HEADS: dict[str, Callable[[BertEncoder], Model]] = {
    "classification": lambda encoder: BertForEvidenceClassification(encoder, num_labels=2),
    "multi_label": lambda encoder: BertForEvidenceClassification(encoder, num_labels=2),
    "pair_classification": lambda encoder: BertForTextPairs(encoder, num_labels=2),
    "similarity": lambda encoder: BertForTextPairs(
        encoder, num_labels=1, is_symmetric=True, largest_score=5.0
    ),
    "tagging": lambda encoder: BertForCharacterTagging(encoder, tags=TAGS, crf=True),
    "embedding": SentenceEncoder,
}
LABELS = {
    "classification": ("가", "나"),
    "multi_label": ("가", "나"),
    "pair_classification": ("가", "나"),
    "tagging": TAGS,
}
OPTIONS: dict[str, Any] = {
    "multi_label": MultiLabelOptions(labels=("가", "나")),
    "pair_classification": PairOptions(is_symmetric=True),
    "similarity": ScoreOptions(largest_score=5.0),
}


def encoder(*, tokenizer: Tokenizer, seed: int, size: int) -> BertEncoder:
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=size,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=24,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return BertEncoder(config)


def write_teacher(
    folder: Path,
    task: str,
    *,
    labels: tuple[str, ...] | None = None,
    tokenizer: Tokenizer = TOKENIZER,
    seed: int = 5,
) -> Path:
    """Write a model of a task that says something decided of every text, though of no use."""
    model = HEADS[task](encoder(tokenizer=tokenizer, seed=seed, size=16))
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.4)
    save_checkpoint(
        folder,
        model,
        tokenizer_json=tokenizer.to_json(),
        task=task,
        labels=LABELS.get(task, ()) if labels is None else labels,
        max_length=24,
        record={"data": ["mine.csv"]},
    )
    return folder


def write_data(folder: Path, task: str) -> Path:
    """Write 48 rows as the task reads them; their labels follow no rule."""
    generator = random.Random(0)
    texts = [f"{' '.join(generator.choices(WORDS, k=3))} {number}" for number in range(48)]
    others = [f"{' '.join(generator.choices(WORDS, k=3))} 둘" for _ in texts]
    pairs = [f"{text},{other}" for text, other in zip(texts, others, strict=True)]
    types = ["PER", "LOC"] * 24
    rows = {
        "classification": ["text,label", *(f"{t},{'가나'[n % 2]}" for n, t in enumerate(texts))],
        "multi_label": ["text,가,나", *(f"{t},{n % 2},{n // 2 % 2}" for n, t in enumerate(texts))],
        "pair_classification": [
            "first,second,label",
            *(f"{pair},{'가나'[n % 2]}" for n, pair in enumerate(pairs)),
        ],
        "similarity": ["first,second,score", *(f"{pair},{n % 6}" for n, pair in enumerate(pairs))],
        "tagging": [
            "text",
            *(
                f"<{text.replace(' ', f':{type}> ', 1)}"
                for text, type in zip(texts, types, strict=True)
            ),
        ],
    }["similarity" if task == "embedding" else task]
    path = folder / f"{task}.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher and an own file for each task, and an encoder to begin with."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("teachers")
    for task in HEADS:
        write_teacher(folder / task, task)
        write_data(folder, task)
    save_checkpoint(
        folder / "encoder",
        encoder(tokenizer=TOKENIZER, seed=1, size=8),
        tokenizer_json=TOKENIZER.to_json(),
        task="encoder",
        max_length=24,
    )
    return folder


def recipe_of(folder: Path, task: str, **changes: Any) -> FineTuningRecipe:
    teacher = {"folder": str(folder / task), "weight": 1.0, **changes.pop("teacher", {})}
    settings = TrainingSettings(
        num_epochs=1, batch_size=16, precision="float32", energy=False, progress=False
    )
    given = {"options": OPTIONS[task]} if task in OPTIONS else {}
    return FineTuningRecipe(
        name="tiny",
        task=task,
        max_length=24,
        encoder=Encoder(folder=str(folder / "encoder")),
        teacher=ModelTeacher(**teacher),
        fine_tuning=FineTuning(training=settings),
        **{"data": (str(folder / f"{task}.csv"),), **given, **changes},
    )


@pytest.mark.parametrize("task", HEADS)
def test_a_student_of_any_task_comes_nearer_to_its_teacher(
    folder: Path, tmp_path: Path, task: str
) -> None:
    """From the teacher alone (weight 1): the labels of the file say nothing of it."""
    run = FineTuningRun(recipe=recipe_of(folder, task), folder=tmp_path)
    run.check()
    objective = run.objective
    model = run.task.model(run.new_encoder(seed=1), labels=run.labels).eval()
    batch = objective.collate(run.train_examples, torch.Generator())
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
    losses = []
    for _ in range(25):
        optimizer.zero_grad()
        loss = objective.loss(model, batch).loss_sum
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("task", HEADS)
def test_what_is_learned_is_what_the_predictor_says(
    folder: Path, tmp_path: Path, task: str
) -> None:
    run = FineTuningRun(recipe=recipe_of(folder, task), folder=tmp_path)
    examples = run.train_examples
    assert all(isinstance(example, TaughtExample) for example in examples)
    predictor = open_checkpoint(folder / task)
    row, taught = run.train_rows[3], examples[3]
    if task == "embedding":
        expected = tuple(predictor.embed([row.first, row.second]))
    elif task == "tagging":
        characters = len(row.text.replace(" ", ""))
        assert taught.answer[0].shape == (characters, len(TAGS))
        expected = next(iter(predictor.outputs([row.text])))
    elif task in ("classification", "multi_label"):
        expected = (next(iter(predictor.read([row.text]))).logits_C,)
    elif task == "similarity":
        (score,) = predictor.scores([(row.first, row.second)])
        expected = (np.array([np.log(score / (5.0 - score))]),)
    else:
        (probability_C,) = predictor.probabilities([(row.first, row.second)])
        expected = (np.log(probability_C),)
        taught = TaughtExample(taught.example, (_log_softmax(taught.answer[0]),))
    # The teacher of a run computes in half precision where that is faster.
    for found, wanted in zip(taught.answer, expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=0.1, rtol=0.05)


def _log_softmax(logits_C: Any) -> Any:
    return logits_C - np.log(np.exp(logits_C).sum())


def test_the_teacher_is_asked_once_and_a_run_that_was_cut_off_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("madang.recipes.teacher.CHUNK", 16)
    predictor = open_checkpoint(folder / "classification", precision="auto")
    asked: list[int] = []
    dies_at = [2]

    class Counting:
        def outputs(self, texts: list[str]) -> Any:
            if len(asked) == dies_at[0]:
                raise KeyboardInterrupt
            asked.append(len(texts))
            return predictor.outputs(texts)

    monkeypatch.setattr(OpenTeacher, "open", lambda self: Counting())

    def run() -> FineTuningRun:
        return FineTuningRun(recipe=recipe_of(folder, "classification"), folder=tmp_path)

    with pytest.raises(KeyboardInterrupt):
        run().train_examples  # noqa: B018
    dies_at[0] = -1
    resumed = run().train_examples
    num_rows = len(resumed)
    assert asked == [16, 16, num_rows - 32]
    again = run().train_examples
    assert len(asked) == 3
    for one, other in zip(resumed, again, strict=True):
        assert np.array_equal(one.answer[0], other.answer[0])
    # What is not as it was written is asked again.
    damaged = sorted((tmp_path / "answers").iterdir())[0]
    content = bytearray(damaged.read_bytes())
    content[-100] ^= 1
    damaged.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        mended = run().train_examples
    assert len(asked) == 4
    assert "is not as it was written; the teacher is asked again" in caplog.text
    assert all(np.array_equal(a.answer[0], b.answer[0]) for a, b in zip(mended, again, strict=True))


def test_answers_of_any_shape_come_back_as_they_were_written(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    answers = [
        (generator.random((length, 3), np.float32), generator.random((3, 3), np.float32))
        for length in (2, 0, 5)
    ]
    write_answers(tmp_path / "a.safetensors", answers)
    found = read_answers(tmp_path / "a.safetensors")
    assert found is not None
    for own, other in zip(answers, found, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(own, other, strict=True))
    path = tmp_path / "a.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    assert read_answers(path) is None
    assert read_answers(tmp_path / "none") is None


@pytest.mark.parametrize(
    ("task", "teacher", "words"),
    [
        ("classification", {"task": "multi_label"}, r"is a model for 'multi_label', but"),
        ("classification", {"labels": ("가", "다")}, r"2 labels \(가, 다\), but the data has 2"),
        ("classification", {"labels": ("나", "가")}, r"in the order 나, 가, but here it is 가, 나"),
        ("multi_label", {"labels": ("가", "마")}, "Give a teacher of the same labels"),
        ("tagging", {"tokenizer": OTHER_TOKENIZER}, "another tokenizer than the recipe's encoder"),
    ],
)
def test_a_teacher_that_does_not_fit_is_refused_before_anything_is_trained(
    folder: Path, tmp_path: Path, task: str, teacher: dict[str, Any], words: str
) -> None:
    made = write_teacher(tmp_path / "teacher", teacher.get("task", task), **{
        name: value for name, value in teacher.items() if name != "task"
    })  # fmt: skip
    with pytest.raises(SettingError, match=words):
        recipe_of(folder, task, teacher={"folder": str(made)}).run(tmp_path / "run")
    assert not (tmp_path / "run" / "seed-1").exists()


def test_another_number_of_labels_is_refused(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "three.csv"
    rows = "".join(f"바다 {number},{'가나다'[number % 3]}\n" for number in range(30))
    path.write_text(f"text,label\n{rows}", encoding="utf-8")
    with pytest.raises(SettingError, match=r"has 2 labels \(가, 나\), but the data has 3"):
        recipe_of(folder, "classification", data=(str(path),)).run(tmp_path / "run")


def test_labels_in_the_teachers_order_are_learned_as_the_error_advises(
    folder: Path, tmp_path: Path
) -> None:
    made = write_teacher(tmp_path / "teacher", "classification", labels=("나", "가"))
    recipe = recipe_of(
        folder,
        "classification",
        teacher={"folder": str(made)},
        options=LabelOptions(labels=("나", "가")),
    )
    FineTuningRun(recipe=recipe, folder=tmp_path / "run").check()


@pytest.mark.parametrize("content", ["nothing", "no manifest"])
def test_a_teacher_that_is_missing_is_refused(folder: Path, tmp_path: Path, content: str) -> None:
    if content == "no manifest":
        (tmp_path / "teacher").mkdir()
    teacher = {"folder": str(tmp_path / "teacher")}
    with pytest.raises(CheckpointError, match="teacher"):
        recipe_of(folder, "classification", teacher=teacher).run(tmp_path / "run")


def test_a_teacher_of_whole_texts_may_have_a_tokenizer_of_its_own(
    folder: Path, tmp_path: Path
) -> None:
    made = write_teacher(tmp_path / "teacher", "classification", tokenizer=OTHER_TOKENIZER)
    recipe = recipe_of(folder, "classification", teacher={"folder": str(made)})
    run = FineTuningRun(recipe=recipe, folder=tmp_path / "run")
    run.check()
    logits_C = next(iter(open_checkpoint(made).read([run.train_rows[0].text]))).logits_C
    np.testing.assert_allclose(run.train_examples[0].answer[0], logits_C, atol=0.1, rtol=0.05)


def test_an_export_teaches_what_it_serves(tmp_path: Path) -> None:
    texts = ["정말 재미있다", "시간이 아깝다", ""]
    teacher = OpenTeacher(settings=ModelTeacher(folder="sentiment"), folder=tmp_path)
    teacher.check(task="classification", labels=("negative", "positive"), tokenizer=None)
    served = load("sentiment").read(texts)
    for (logits_C,), reading in zip(teacher.answers(texts), served, strict=True):
        np.testing.assert_allclose(logits_C, reading.logits_C, atol=1e-5)


def test_a_run_goes_on_with_the_same_teacher_alone(folder: Path, tmp_path: Path) -> None:
    recipe = recipe_of(folder, "classification")
    FineTuningRun(recipe=recipe, folder=tmp_path / "run").check()
    other = write_teacher(tmp_path / "other", "classification", seed=6)
    for changed in (
        dataclasses.replace(recipe, teacher=ModelTeacher(folder=str(other), weight=1.0)),
        dataclasses.replace(recipe, teacher=ModelTeacher(folder=recipe.teacher.folder)),
        dataclasses.replace(recipe, teacher=None),
    ):
        with pytest.raises(SettingError, match=r"began with another teacher.*--fresh"):
            FineTuningRun(recipe=changed, folder=tmp_path / "run").check()
        FineTuningRun(recipe=changed, folder=tmp_path / "run", resume=False).check()
        FineTuningRun(recipe=recipe, folder=tmp_path / "run", resume=False).check()


@pytest.mark.parametrize("task", ["classification", "multi_label", "tagging"])
def test_a_teacher_labels_further_texts(folder: Path, tmp_path: Path, task: str) -> None:
    path = tmp_path / "further.csv"
    texts = [f"{WORDS[number % 7]} {WORDS[number % 5]} 새" for number in range(12)]
    path.write_text("text\n" + "\n".join(texts) + "\n", encoding="utf-8")
    further = FurtherTexts(data=str(path), num_texts=10)
    run = FineTuningRun(
        recipe=recipe_of(folder, task, teacher={"further": further}), folder=tmp_path / "run"
    )
    run.check()
    examples = run.train_examples[len(run.train_rows) :]
    assert len(examples) == 10
    predictor = open_checkpoint(folder / task)
    for text, (example, _) in zip(texts, examples, strict=False):
        if task == "classification":
            expected = predictor.read([text])
            (logits_C,) = [reading.logits_C for reading in expected]
            np.testing.assert_allclose(example.label, np.exp(_log_softmax(logits_C)), atol=0.05)
        elif task == "multi_label":
            (answer,) = predictor.classify([text])
            assert {("가", "나")[number] for number in example.labels} == set(answer.labels)
        else:
            (entities,) = predictor.tag([text])
            begun = [TAGS[tag] for tag in example.tags if TAGS[tag].startswith("B")]
            assert begun == [f"B-{entity.type}" for entity in entities]


@pytest.mark.parametrize("task", ["multi_label", "tagging"])
def test_a_first_round_may_label_further_texts_too(folder: Path, tmp_path: Path, task: str) -> None:
    """The same way as a teacher, without one."""
    path = tmp_path / "further.csv"
    path.write_text("text\n바다 하늘\n커피 산책\n", encoding="utf-8")
    recipe = dataclasses.replace(
        recipe_of(folder, task), teacher=None, self_training=SelfTraining(data=str(path))
    )
    run = FineTuningRun(recipe=recipe, folder=tmp_path / "run")
    model = load_checkpoint(folder / task).model
    assert isinstance(model, Model)
    assert len(run.self_taught_examples(model)) == 2


@pytest.mark.parametrize("task", ["pair_classification", "embedding"])
def test_rows_that_are_no_single_texts_have_no_further_ones(
    folder: Path, tmp_path: Path, task: str
) -> None:
    recipe = recipe_of(folder, task, teacher={"further": FurtherTexts(data="nsmc")})
    with pytest.raises(SettingError, match=rf"teacher\.further is given, but the task '{task}'"):
        recipe.run(tmp_path)


def test_two_ways_to_label_further_texts_are_refused(folder: Path) -> None:
    recipe = recipe_of(folder, "classification")
    with pytest.raises(SettingError, match=r"self_training and teacher are given"):
        dataclasses.replace(recipe, self_training=SelfTraining(data="nsmc"))


def test_a_task_that_learns_from_no_teacher_says_so(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    rows = "".join(f"바다는 {n}번 넓다,무엇이 넓은가,바다,0\n" for n in range(20))
    path.write_text(f"context,question,answer,start\n{rows}", encoding="utf-8")
    recipe = FineTuningRecipe(
        name="tiny",
        data=(str(path),),
        task="answering",
        max_length=24,
        encoder=Encoder(folder=str(folder / "encoder")),
        teacher=ModelTeacher(folder=str(folder / "classification")),
    )
    with pytest.raises(MadangError, match="this task learns from none"):
        recipe.run(tmp_path / "run")


def test_a_temperature_that_says_nothing_is_named(folder: Path, tmp_path: Path) -> None:
    recipe = recipe_of(folder, "embedding", teacher={"temperature": 4.0})
    with pytest.warns(UselessSettingWarning, match=r"teacher\.temperature has no effect"):
        FineTuningRun(recipe=recipe, folder=tmp_path).check()


def test_recipes_that_share_an_encoder_have_teachers_of_their_own(
    folder: Path, tmp_path: Path
) -> None:
    paths = []
    for task in ("classification", "tagging"):
        path = tmp_path / f"{task}.toml"
        path.write_text(
            f'kind = "fine_tuning"\nname = "{task}"\ntask = "{task}"\nmax_length = 24\n'
            f'data = ["{folder / task}.csv"]\n'
            f'[encoder]\nfolder = "{folder / "encoder"}"\n'
            f'[teacher]\nfolder = "{folder / task}"\nweight = 0.7\n',
            encoding="utf-8",
        )
        paths.append(str(path))
    settings = TrainingSettings(num_epochs=1, precision="float32", energy=False, progress=False)
    recipe = SharedRecipe(name="both", recipes=tuple(paths), training=settings)
    for checkpoint in recipe.run(tmp_path / "run"):
        record = load_checkpoint(checkpoint).manifest.record["teacher"]
        assert record["weight"] == 0.7
        assert record["data"] == ["mine.csv"]
        assert len(record["sha256"]) == 64
