"""The forms of moderation: an appeal's sentence, and a decision on several texts."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from madang.community.boards.forms import MAX_BODY, MAX_TITLE, WrittenField
from madang.community.boards.text import clean_text
from madang.community.moderation.kind import Kind
from madang.text.composition import MOST_PARTS


class LineField(forms.CharField):
    """One short line; what is too long is cut, because nothing may stand between a click and it."""

    def __init__(self, *, max_letters: int) -> None:
        super().__init__(required=False, strip=False)
        self.max_letters = max_letters
        self.validators = []

    def to_python(self, value: object) -> str:
        """Clean and cut what was typed."""
        line = " ".join(str(value or "").split())[: MOST_PARTS * self.max_letters]
        return " ".join(clean_text(line).split())[: self.max_letters]


class HintForm(forms.Form):
    """A post that is being written, as the rules read it; what is refused is not read."""

    title = WrittenField(required=False, max_letters=MAX_TITLE, one_line=True)
    body = WrittenField(required=False, max_letters=MAX_BODY)

    @property
    def texts(self) -> dict[str, str]:
        """Return title and text, "" for what is too long or can not be seen."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class AppealForm(forms.Form):
    """An author's appeal; the sentence may be empty."""

    sentence = LineField(max_letters=300)


class DecisionForm(forms.Form):
    """What to do with the chosen texts."""

    action = forms.ChoiceField()
    labels = forms.MultipleChoiceField(required=False)
    note = LineField(max_letters=300)

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kind = kind
        labels = [(each.value, each.label) for each in kind.choices()]
        self.fields["action"] = forms.ChoiceField(choices=kind.ACTIONS.choices)
        self.fields["labels"] = forms.MultipleChoiceField(choices=labels, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for a label where the action is to give those that are chosen."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("action") == self._kind.GIVES_CHOSEN != "" and not found.get("labels"):
            raise forms.ValidationError(_("종류를 하나 이상 골라 주세요."), code="no_label")
        if len(found.get("labels", [])) > 1 and not self._kind.may_choose_several():
            raise forms.ValidationError(_("종류를 하나만 골라 주세요."), code="several")
        return found
