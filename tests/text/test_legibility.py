"""A text in which a model can read nothing is found out, however it is dressed up."""

import unicodedata

import pytest

from madang.formats.catalogue import find_model
from madang.text.legibility import is_blank, is_legible
from madang.text.tokenizer import Tokenizer

MODELS = ("ads", "sentiment", "hate", "entities", "sentence")
BLANK = {
    "empty": "",
    "white space of every kind": " \t\r\n\u00a0\u2003\u2028\u3000",
    "zero width": "\u200b\u200c\u200d\u2060\ufeff\u00ad",
    "directions": "\u200e\u200f\u202e\u2066\u061c",
    "control characters": "\0\x01\x1b\x7f\x85",
    "Hangul fillers": "\u3164\uffa0\u115f\u1160" * 20,
    "braille without a dot": "\u2800" * 40,
    "variation selectors": "\ufe0f\ufe0e\U000e0100\u034f",
    "tag characters": "\U000e0061\U000e0062",
    "accents without a letter": "\u0301\u0300",
    "half a surrogate pair": "\ud83d",
    "what could not be decoded": "\ufffd" * 30,
}
UNKNOWN = ("\ue000", "龘", "𠀀", "\U0010ffff")


def legible(model, text, **options):
    tokenizer = Tokenizer.load(find_model(model))
    (encoding,) = tokenizer.encode([text])
    return is_legible(text, encoding, tokenizer, **options)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", BLANK)
def test_no_model_reads_what_nobody_sees(model, name):
    assert is_blank(BLANK[name])
    assert not legible(model, BLANK[name])
    assert legible(model, f"{BLANK[name]}오늘{BLANK[name]}")


@pytest.mark.parametrize("text", UNKNOWN)
def test_a_character_that_the_vocabulary_lacks_tells_nothing(text):
    assert not is_blank(text)
    assert not any(legible(model, text * 3) for model in MODELS)


@pytest.mark.parametrize("text", ["네", "굿", "ㅋㅋ", "ㅠ", "^^", "...", "1", "a"])
def test_one_known_sign_carries_a_sentiment(text):
    assert legible("sentiment", text)


def test_what_the_normaliser_of_a_model_removes_is_not_read():
    assert not legible("ads", "#광고 #협찬문의 # ！")
    assert legible("sentiment", "#광고 #협찬문의")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("오늘 단 하루 특가!", 7),
        (unicodedata.normalize("NFD", "오늘 단 하루 특가!"), 7),
        ("ＡＤ\u3164\u3164\u3164 ４２", 4),
        ("ㅋ" * 1000, 3),  # the normaliser leaves three of a run
        ("오늘#광고 #협찬 산책龘龘龘", 4),
    ],
)
def test_letters_are_counted_as_they_are_read(text, number):
    assert legible("ads", text, fewest_letters=number)
    assert not legible("ads", text, fewest_letters=number + 1)
