"""The forms of the market."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madang.community.boards.forms import MAX_BODY, MAX_TITLE, TokenField, WrittenField
from madang.community.market.models import MAX_STARS, Listing

MAX_PRICE = 1_000_000_000
MAX_REVIEW = 1_000


class PriceField(forms.Field):
    """A price in won, as people type it: ``12,000`` or ``12000원``."""

    def to_python(self, value: Any) -> int | None:
        """Read the number; raises ValidationError for what is none."""
        typed = str(value or "").replace(",", "").replace(" ", "").removesuffix("원")
        if not typed:
            return None
        digits = typed.lstrip("0") if typed.isascii() and typed.isdigit() else ""
        if not 0 < len(digits) <= len(str(MAX_PRICE)) or int(digits) > MAX_PRICE:
            raise ValidationError(
                _("값이 ‘%(given)s’입니다. 1원부터 10억 원까지 숫자로 써 주세요. 예: 12,000"),
                params={"given": str(value)[:40]},
            )
        return int(digits)


class ListingForm(forms.Form):
    """Offer something, or change what one offers."""

    token = TokenField()

    kind = forms.ChoiceField(
        choices=Listing.Kind.choices, label=gettext_lazy("종류"), widget=forms.RadioSelect
    )
    title = WrittenField(label=gettext_lazy("제목"), max_letters=MAX_TITLE, one_line=True)
    body = WrittenField(label=gettext_lazy("설명"), max_letters=MAX_BODY, rows=9)
    terms = forms.ChoiceField(
        choices=Listing.Terms.choices, label=gettext_lazy("조건"), widget=forms.RadioSelect
    )
    price = PriceField(
        required=False,
        label=gettext_lazy("값 (원)"),
        help_text=gettext_lazy("판매할 때만 씁니다."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a price where there is one, and drop it where there is none."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("terms") != Listing.Terms.SALE:
            cleaned["price"] = None
            self.errors.pop("price", None)
        elif cleaned.get("price") is None and "price" not in self.errors:
            self.add_error("price", _("값을 써 주세요. 받지 않으신다면 조건에서 나눔을 고르세요."))
        return cleaned


class ReviewForm(forms.Form):
    """Judge a listing by stars, with words if one likes."""

    stars = forms.TypedChoiceField(
        coerce=int,
        choices=[(number, "★" * number) for number in range(MAX_STARS, 0, -1)],
        label=gettext_lazy("별점"),
        widget=forms.RadioSelect,
    )
    body = WrittenField(required=False, label=gettext_lazy("한마디 (선택)"), max_letters=MAX_REVIEW)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stars"].error_messages["required"] = _("별점을 하나 골라 주세요.")
