"""Invisible characters and halves of characters, against what Unicode says of them."""

import sys
import unicodedata

from madang.text.unicode import BLANK_LETTERS, HANGUL_FILLERS, ZERO_WIDTH, replace_surrogates


def test_fillers_are_all_letters_that_unicode_calls_so():
    named = {
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.name(character, "").endswith("FILLER")
        and unicodedata.name(character).startswith(("HANGUL", "HALFWIDTH HANGUL"))
    }
    assert named == HANGUL_FILLERS


def test_composing_a_filler_gives_a_filler():
    """A name is composed by NFKC before it is looked at, and stays as invisible as it was."""
    composed = {unicodedata.normalize("NFKC", filler) for filler in HANGUL_FILLERS}
    assert composed <= HANGUL_FILLERS


def test_no_category_gives_a_blank_letter_away():
    assert {unicodedata.category(letter)[0] for letter in BLANK_LETTERS} <= {"L", "S"}


def test_what_has_no_width_is_a_format_or_control_character():
    assert {unicodedata.category(character) for character in ZERO_WIDTH} == {"Cf", "Cc"}


def test_a_text_without_surrogates_can_be_written_and_keeps_its_length():
    text = "가\ud800나\udfff😀"
    replaced = replace_surrogates(text)
    assert len(replaced) == len(text)
    assert replaced.encode().decode() == replaced
