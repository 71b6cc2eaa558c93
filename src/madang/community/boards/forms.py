"""The forms of the boards: every text is cleaned, and an error says what to do."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madang.community.boards.models import Board
from madang.community.boards.text import clean_text, has_visible_letter
from madang.text.composition import MOST_PARTS

MAX_TITLE = 100
MAX_BODY = 20_000
MAX_COMMENT = 2_000


class WrittenField(forms.CharField):
    """A text that a person wrote, of at most *max_letters* characters.

    The length is judged here and not by the browser, which would cut a long text off in silence.
    It is judged before the text is worked on: only what can be short enough is composed. *rows* is
    the height of its place on the page.
    """

    default_validators = []

    def __init__(
        self, *, max_letters: int, one_line: bool = False, rows: int = 3, **kwargs: Any
    ) -> None:
        widget: forms.Widget = forms.Textarea({"rows": rows, "dir": "auto"})
        if one_line:
            widget = forms.TextInput({"autocomplete": "off", "dir": "auto"})
        super().__init__(strip=False, widget=widget, **kwargs)
        self.max_letters = max_letters
        self.one_line = one_line
        # CharField's own check refuses NUL; here it is simply dropped.
        self.validators = []

    def to_python(self, value: Any) -> str:
        """Clean what was typed; what is far too long is left as it is, to be refused."""
        text = _trim(str(value or ""), one_line=self.one_line)
        if len(text) > MOST_PARTS * self.max_letters:
            return text
        return _trim(clean_text(text), one_line=self.one_line)

    def validate(self, value: str) -> None:
        """Refuse a text that is too long, and one without a visible letter."""
        if len(value) > self.max_letters:
            raise ValidationError(
                _(
                    "%(field)s이(가) %(given)s자입니다. %(allowed)s자까지 쓸 수 있습니다. "
                    "%(over)s자를 줄이거나 나누어 올려 주세요."
                ),
                code="too_long",
                params={
                    "field": self.label,
                    "given": f"{len(value):,}",
                    "allowed": f"{self.max_letters:,}",
                    "over": f"{len(value) - self.max_letters:,}",
                },
            )
        if not has_visible_letter(value) and (self.required or value):
            raise ValidationError(
                _("%(field)s에 보이는 글자가 없습니다. 한 글자 이상 써 주세요."),
                code="invisible",
                params={"field": self.label},
            )


def _trim(text: str, *, one_line: bool) -> str:
    return " ".join(text.split()) if one_line else text.strip()


class TokenField(forms.Field):
    """A form's own number, by which a second click is known; a broken one counts as none."""

    def __init__(self) -> None:
        super().__init__(required=False, initial=uuid4, widget=forms.HiddenInput)

    def to_python(self, value: Any) -> UUID | None:
        """Read the number."""
        try:
            return UUID(str(value))
        except ValueError:
            return None


class PostForm(forms.Form):
    """Write or edit a post."""

    token = TokenField()

    board = forms.ModelChoiceField(
        Board.objects.all(), label=gettext_lazy("게시판"), empty_label=None
    )
    title = WrittenField(label=gettext_lazy("제목"), max_letters=MAX_TITLE, one_line=True)
    body = WrittenField(label=gettext_lazy("본문"), max_letters=MAX_BODY, rows=14)


class CommentForm(forms.Form):
    """Write a comment."""

    token = TokenField()

    body = WrittenField(label=gettext_lazy("새 댓글"), max_letters=MAX_COMMENT)
