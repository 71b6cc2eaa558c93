"""The tokenizers of published BERT folders, KoBERT's in each form that it is found in."""

import json
import os
import shutil
from pathlib import Path

import pytest
import sentencepiece
import tokenizers
import transformers
from tokenizers import models, processors

from madang.errors import CheckpointError
from madang.text.published import open_tokenizer

SPECIALS = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"]
MODEL = "tokenizer_78b3253a26.model"


@pytest.fixture
def unigram(texts, tmp_path):
    """A SentencePiece model of KoBERT's kind and the pieces of it that are not its own."""
    path = tmp_path / "trained.model"
    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=file,
            model_type="unigram",
            normalization_rule_name="nmt_nfkc",
            vocab_size=150,
            num_threads=1,
            minloglevel=2,
        )
    model = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return path, model, [model.id_to_piece(index) for index in range(3, len(model))]


def folder_of(tmp_path, unigram, *, vocabulary, form):
    """A folder as the hub (``vocab.txt``) or the old package (``….json``) left it."""
    folder = tmp_path / form
    folder.mkdir()
    shutil.copy(unigram, folder / MODEL)
    if form == "vocab.txt":
        (folder / form).write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    else:
        (folder / form).write_text(json.dumps({"idx_to_token": vocabulary}), encoding="utf-8")
    return folder


@pytest.mark.parametrize("form", ["vocab.txt", "kobertvocab_f38b8a4d6d.json"])
def test_ids_are_the_vocabularys_and_cuts_sentencepieces(form, unigram, texts, tmp_path):
    path, model, pieces = unigram
    vocabulary = [*SPECIALS, *sorted(pieces)]
    tokenizer = open_tokenizer(folder_of(tmp_path, path, vocabulary=vocabulary, form=form))
    assert (tokenizer.unk_id, tokenizer.pad_id, tokenizer.cls_id) == (0, 1, 2)
    assert tokenizer.vocab_size == len(vocabulary)
    for text, encoding in zip(texts, tokenizer.encode(texts), strict=True):
        cut = [
            piece if piece in vocabulary else "[UNK]" for piece in model.encode(text, out_type=str)
        ]
        expected = [vocabulary.index(token) for token in ["[CLS]", *cut, "[SEP]"]]
        assert encoding.ids == expected


def test_two_texts_are_read_as_one_with_a_separator_between(unigram, tmp_path):
    path, _, pieces = unigram
    vocabulary = [*SPECIALS, *pieces]
    tokenizer = open_tokenizer(folder_of(tmp_path, path, vocabulary=vocabulary, form="vocab.txt"))
    (pair,) = tokenizer.encode_pairs([("시장", "맛집")])
    first, second = (encoding.ids for encoding in tokenizer.encode(["시장", "맛집"]))
    assert pair.ids == [*first, *second[1:]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda vocabulary: vocabulary[:-1], "lacks 1 of the model's"),
        (lambda vocabulary: [*vocabulary, vocabulary[-1]], "of 153 and lacks 0"),
        (lambda vocabulary: vocabulary[1:], r"has no \[UNK\]"),
        (lambda vocabulary: [each for each in vocabulary if each != "[CLS]"], r"no \[CLS\]"),
    ],
)
def test_a_vocabulary_of_another_model_is_refused(change, message, unigram, tmp_path):
    path, _, pieces = unigram
    vocabulary = change([*SPECIALS, *pieces])
    folder = folder_of(tmp_path, path, vocabulary=vocabulary, form="vocab.txt")
    with pytest.raises(CheckpointError, match=message):
        open_tokenizer(folder)


def test_a_vocabulary_of_wordpiece_gives_the_references_ids(tmp_path):
    words = ["시장", "##에", "##서", "맛", "##집", "hello", "!"]
    (tmp_path / "vocab.txt").write_text("\n".join([*SPECIALS, *words]), encoding="utf-8")
    tokenizer = open_tokenizer(tmp_path)
    reference = transformers.BertTokenizer(str(tmp_path / "vocab.txt"))
    for text in ("시장에서 맛집!", "HELLO 모름", ""):
        (encoding,) = tokenizer.encode([text])
        assert encoding.ids == reference(text)["input_ids"]


def test_a_folder_without_a_tokenizer_says_what_is_looked_for(tmp_path):
    with pytest.raises(CheckpointError, match=r"holds no tokenizer; known are tokenizer\.json"):
        open_tokenizer(tmp_path)
    (tmp_path / "vocab.txt").write_text("[UNK]\n▁시장\n", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"Copy the model too: tokenizer_78b3253a26\.model"):
        open_tokenizer(tmp_path)
    (tmp_path / "vocab.txt").unlink()
    (tmp_path / "kobertvocab_f38b8a4d6d.json").write_text('{"idx_to_')
    with pytest.raises(CheckpointError, match="can not be read as a vocabulary"):
        open_tokenizer(tmp_path)


def test_koberts_published_sentence_gets_its_published_ids():
    data = os.environ.get("MADANG_DATA")
    if not data:
        pytest.skip("MADANG_DATA is not set: KoBERT's tokenizer can not be read")
    tokenizer = open_tokenizer(Path(data) / "weights" / "kobert-tokenizer")
    (encoding,) = tokenizer.encode(["한국어 모델을 공유합니다."])
    assert encoding.ids == [2, 4958, 6855, 2046, 7088, 1050, 7843, 54, 3]
    assert tokenizer.vocab_size == 8002


def test_the_marks_around_a_text_are_named_as_berts_whatever_they_were(tmp_path):
    names = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "<mask>": 6}
    library = tokenizers.Tokenizer(models.BPE(names, [], unk_token="<unk>"))
    library.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    library.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    library.save(str(tmp_path / "tokenizer.json"))
    tokenizer = open_tokenizer(tmp_path)
    assert (tokenizer.cls_id, tokenizer.sep_id, tokenizer.pad_id, tokenizer.mask_id) == (0, 2, 1, 6)
    assert tokenizer.encode(["ab"])[0].ids == [0, 4, 5, 2]
    assert tokenizer.encode_pairs([("a", "b")])[0].ids == [0, 4, 2, 5, 2]
