"""The English of the site is complete, and its compiled form is that of its source."""

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.test import Client

import madang.community
from madang.community.boards import actions
from madang.community.boards.models import Post

SITE = Path(madang.community.__file__).parent
SOURCES = sorted(SITE.rglob("locale/en/LC_MESSAGES/django.po"))
HANGUL = re.compile("[가-힣]")
# What a template or a module asks to be translated, in the plain form that we write.
ASKED = re.compile(
    r'\{% translate "([^"]+)"|'
    r'\b(?:_|gettext|gettext_lazy|pgettext_lazy)\((?:"(\w+)", )?"([^"]+)"\)'
)


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="en")


def test_there_is_a_catalogue() -> None:
    assert SITE / "site/locale/en/LC_MESSAGES/django.po" in SOURCES


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parents[3].name)
def test_the_compiled_catalogue_is_that_of_its_source(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in catalogue(path):
        if not message.id:
            continue
        if isinstance(message.id, tuple):
            assert compiled.ngettext(*message.id, 1) == message.string[0]  # type: ignore[call-arg]
            assert compiled.ngettext(*message.id, 2) == message.string[1]  # type: ignore[call-arg]
        elif message.context:
            assert compiled.pgettext(message.context, message.id) == message.string
        else:
            assert compiled.gettext(message.id) == message.string


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parents[3].name)
def test_every_sentence_has_its_english_with_the_same_places(path: Path) -> None:
    for message in catalogue(path):
        for text in message.string if isinstance(message.string, tuple) else [message.string]:
            source = message.id[0] if isinstance(message.id, tuple) else message.id
            assert text
            assert not message.fuzzy or not source
            places = re.compile(r"%\(\w+\)[sd]|</?\w+>")
            assert sorted(places.findall(text)) == sorted(places.findall(source))


def test_every_sentence_that_is_asked_for_is_in_a_catalogue() -> None:
    known = {(message.context, message.id) for path in SOURCES for message in catalogue(path)}
    for path in [*SITE.rglob("*.html"), *SITE.rglob("*.py")]:
        for found in ASKED.finditer(path.read_text(encoding="utf-8")):
            context, text = found.group(2), found.group(1) or found.group(3)
            assert (context, text) in known or not HANGUL.search(text), f"{path.name}: {text}"


@pytest.mark.parametrize(
    "path", ["/", "/search/?q=bread", "post", "/write/", "/accounts/settings/", "/none/"]
)
def test_a_page_in_english_has_no_korean_but_what_people_wrote(
    path: str, as_author: Client, post: Post
) -> None:
    actions.edit_post(post, board=post.board, title="Bread", body="Soft.")
    as_author.cookies["django_language"] = "en"
    html = as_author.get(post.get_absolute_url() if path == "post" else path).content.decode()
    for written in ("한국어", "은하", "자유"):
        html = html.replace(written, "")
    assert HANGUL.findall(html) == []
