"""A recipe begins with a trained encoder, whatever that was trained for, or with its like."""

import csv
import dataclasses
import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from madang.baselines.teacher import out_of_fold_probabilities
from madang.baselines.vector import VectorClassifier
from madang.datasets.own.labelled import LABELLED
from madang.datasets.rows import Source
from madang.errors import CheckpointError, SettingError
from madang.export.onnx import export_onnx
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.heads.sentence import SentenceEncoder
from madang.models.bert.model import BertEncoder, Pooler
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.models.model import Model
from madang.recipes.encoder import Encoder, Vocabulary
from madang.recipes.fine_tuning import FineTuning, FineTuningRecipe, FineTuningRun, WarmUp
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.classification.task import Options, Teacher
from madang.tasks.trained_encoder import encoder_vectors, load_encoder
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram
from madang.training.loop.checkpoint import BEST_NAME, load_run
from madang.training.settings import TrainingSettings

SALES = ("할인", "이벤트", "특가", "공구", "문의")
LIFE = ("산책", "날씨", "커피", "고양이", "저녁")
TOKENIZER = train_unigram([f"오늘 {a} {b} #{a}" for a in SALES for b in LIFE], vocab_size=60)
SETTINGS = TrainingSettings(
    num_epochs=1, batch_size=64, learning_rate=5e-3, energy=False, progress=False
)


def write_encoder(folder: Path, *, seed: int = 7, head: str = "masked", size: int = 0) -> Path:
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=size or TOKENIZER.vocab_size,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
    )
    encoder = BertEncoder(config, pooler=Pooler(16) if head == "none" else None)
    models: dict[str, Model] = {"none": encoder}
    if head == "masked":
        models[head] = BertForMaskedTokens(encoder)
    if head == "evidence":
        models[head] = BertForEvidenceClassification(encoder, num_labels=3)
    if head == "embedding":
        models[head] = SentenceEncoder(encoder)
        # As after training: drawn biases are all the same, and a graph keeps what is equal once.
        for weight in encoder.parameters():
            torch.nn.init.normal_(weight, std=0.1)
    save_checkpoint(
        folder, models[head], tokenizer_json=TOKENIZER.to_json(), task=head, max_length=32
    )
    return folder


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    generator = random.Random(0)
    path = tmp_path_factory.mktemp("data") / "posts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for number in range(160):
            words = generator.choices(SALES if number % 2 else LIFE, k=3)
            writer.writerow([f"오늘 {' '.join(words)} {number}", number % 2])
    return path


def make_recipe(posts: Path, encoder: Path, **changes: object) -> FineTuningRecipe:
    options = {"fresh", "hides_giveaways", "dropout"}
    settings = {name: value for name, value in changes.items() if name in options}
    rest = {name: value for name, value in changes.items() if name not in options}
    return FineTuningRecipe(
        name="tiny",
        data=(str(posts),),
        max_length=16,
        encoder=Encoder(folder=str(encoder), **settings),  # type: ignore[arg-type]
        fine_tuning=FineTuning(training=SETTINGS),
        **rest,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("head", ["masked", "evidence", "none"])
def test_fine_tuning_begins_with_the_encoders_weights(
    posts: Path, tmp_path: Path, head: str
) -> None:
    folder = write_encoder(tmp_path / "encoder", head=head)
    model = load_checkpoint(folder).model
    expected = getattr(model, "encoder", model).state_dict()  # type: ignore[union-attr]
    pipeline = FineTuningRun(recipe=make_recipe(posts, folder), folder=tmp_path / "run")
    assert expected.keys() == pipeline.encoder_weights.keys()
    assert all(torch.equal(expected[key], pipeline.encoder_weights[key]) for key in expected)
    assert pipeline.tokenizer.sha256 == TOKENIZER.sha256


def test_a_fresh_encoder_is_of_the_same_size_with_other_weights(
    posts: Path, tmp_path: Path
) -> None:
    folder = write_encoder(tmp_path / "encoder")
    trained, fresh = (
        FineTuningRun(
            recipe=make_recipe(posts, folder, fresh=is_fresh), folder=tmp_path / str(is_fresh)
        )
        for is_fresh in (False, True)
    )
    assert trained.config == fresh.config
    assert trained.tokenizer.sha256 == fresh.tokenizer.sha256
    name = "blocks.0.feed_forward.part.up.weight"
    assert not torch.equal(trained.encoder_weights[name], fresh.encoder_weights[name])


def test_a_recipe_with_an_encoder_leaves_a_checkpoint_that_says_so(
    posts: Path, tmp_path: Path
) -> None:
    folder = write_encoder(tmp_path / "encoder")
    checkpoint = make_recipe(posts, folder, hides_giveaways=True).run(tmp_path / "run")[0]
    opened = load_checkpoint(checkpoint)
    assert opened.manifest.record["encoder"]["folder"] == str(folder)
    # The same pieces, but a telling hashtag is read as white space.
    tokenizer = Tokenizer.load(checkpoint)
    hidden, plain, before = (
        reader.encode([text])[0].ids
        for reader, text in (
            (tokenizer, "오늘 #협찬 할인"),
            (tokenizer, "오늘 할인"),
            (TOKENIZER, "오늘 할인"),
        )
    )
    assert hidden == plain == before


def test_a_warm_up_goes_on_with_the_head_that_the_encoder_had(posts: Path, tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder")
    warm_up = WarmUp(training=dataclasses.replace(SETTINGS, num_epochs=1, learning_rate=1e-12))
    pipeline = FineTuningRun(
        recipe=make_recipe(posts, folder, warm_up=warm_up), folder=tmp_path / "run"
    )
    weights = pipeline.encoder_weights
    before = load_checkpoint(folder).model
    assert isinstance(before, BertForMaskedTokens)
    after = BertForMaskedTokens(BertEncoder(pipeline.config))
    load_run(tmp_path / "run" / "warm-up" / BEST_NAME, after)
    assert torch.allclose(after.head.dense.weight, before.head.dense.weight, atol=1e-6)
    assert torch.allclose(weights["token.weight"], before.encoder.token.weight, atol=1e-6)


def test_the_runs_dropout_is_the_recipes(posts: Path, tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder")
    pipeline = FineTuningRun(
        recipe=make_recipe(posts, folder, dropout=0.3), folder=tmp_path / "run"
    )
    assert pipeline.new_encoder(seed=1).dropout.p == 0.3


def test_a_run_does_not_go_on_with_another_encoder(posts: Path, tmp_path: Path) -> None:
    recipe = make_recipe(posts, write_encoder(tmp_path / "encoder"))
    run = tmp_path / "run"
    first = FineTuningRun(recipe=recipe, folder=run).encoder
    write_encoder(tmp_path / "encoder", seed=8)
    with pytest.raises(SettingError, match="began with another encoder"):
        _ = FineTuningRun(recipe=recipe, folder=run).encoder
    second = FineTuningRun(recipe=recipe, folder=run, resume=False).encoder
    assert first is not None
    assert second is not None
    assert first.sha256 != second.sha256


def test_a_tokenizer_of_another_size_is_refused(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder", size=TOKENIZER.vocab_size + 1)
    with pytest.raises(CheckpointError, match=r"has \d+ tokens, the encoder \d+"):
        load_encoder(str(folder), longest=16)


def test_texts_longer_than_the_encoder_reads_are_refused(posts: Path, tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder")
    recipe = make_recipe(posts, folder, reading_length=33)
    with pytest.raises(SettingError, match=r"33 tokens were asked for, .* has 32 positions"):
        recipe.run(tmp_path / "run")


def test_an_encoder_and_a_size_of_ones_own_are_refused(posts: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="vocabulary, model and encoder are given"):
        make_recipe(posts, tmp_path, vocabulary=Vocabulary(), model=BertConfig())


def test_a_plain_hugging_face_folder_is_an_encoder_too(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder", head="none")
    (folder / "madang.json").unlink()
    encoder = load_encoder(str(folder), longest=16)
    assert encoder.config.hidden_size == 16
    fields = json.loads((folder / "config.json").read_text())
    assert fields["architectures"] == ["BertModel"]


def test_training_goes_on_from_an_exported_model(posts: Path, tmp_path: Path) -> None:
    """Of the checkpoint and of its export the same encoder is opened, positions aside."""
    folder = write_encoder(tmp_path / "checkpoint", head="embedding")
    export_onnx(folder, tmp_path / "export")
    from_checkpoint = load_encoder(str(folder), longest=16)
    from_export = load_encoder(str(tmp_path / "export"), longest=16)
    assert from_export.weights.keys() == from_checkpoint.weights.keys()
    name = "blocks.0.feed_forward.part.up.weight"
    assert torch.equal(from_export.weights[name], from_checkpoint.weights[name])
    assert from_export.tokenizer.vocab_size == from_checkpoint.tokenizer.vocab_size
    assert from_export.sha256 != from_checkpoint.sha256
    run = make_recipe(posts, tmp_path / "export").run(tmp_path / "run")[0]
    assert load_checkpoint(run).manifest.record["encoder"]["folder"] == str(tmp_path / "export")


def test_training_goes_on_from_a_model_that_ships() -> None:
    shipped = load_encoder("sentence", longest=128)
    assert shipped.config.vocab_size == shipped.tokenizer.vocab_size
    with pytest.raises(CheckpointError, match="Did you mean 'sentence'"):
        load_encoder("sentense", longest=128)


def test_a_teacher_reads_as_the_encoder_that_it_names(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "sentence", head="embedding")
    texts = ["오늘 할인 특가 1", "오늘 산책 날씨 " * 30, ""]
    vectors = encoder_vectors(str(folder), texts)
    np.testing.assert_allclose(vectors, open_checkpoint(folder).embed(texts), atol=1e-6)


def test_a_teacher_of_vectors_has_half_of_the_say(posts: Path, tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "sentence", head="embedding")
    recipe = make_recipe(posts, write_encoder(tmp_path / "encoder"))

    def targets(encoder: str | None) -> NDArray[np.float64]:
        teacher = Teacher(weight=1.0, num_folds=2, encoder=encoder)
        pipeline = FineTuningRun(
            recipe=dataclasses.replace(recipe, options=Options(teacher=teacher)),
            folder=tmp_path / "run",
        )
        return np.array([example.label for example in pipeline.train_examples])

    rows = Source(names=(str(posts),), form=LABELLED).rows("train")
    texts, labels = [row.text for row in rows], np.array([row.label for row in rows])
    vectors = dict(zip(texts, open_checkpoint(folder).embed(texts), strict=True))
    by_vectors = out_of_fold_probabilities(
        lambda: VectorClassifier(lambda each: np.stack([vectors[text] for text in each])),
        texts,
        labels,
        num_folds=2,
        seed=0,
    )
    expected = (targets(None) + by_vectors) / 2
    np.testing.assert_allclose(targets(str(folder)), expected, atol=1e-5)
