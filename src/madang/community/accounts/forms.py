"""The forms of the account pages."""

from typing import Any

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from madang.community.accounts.models import User


class LoginForm(allauth.LoginForm):  # type: ignore[misc]
    """Log in by name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("이름")
        self.fields["password"].label = _("비밀번호")
        self.fields["password"].help_text = ""
        if "remember" in self.fields:
            self.fields["remember"].label = _("이 기기에서 로그인 유지")
        drop_placeholders(self)

    def clean_login(self) -> str:
        """Compose the name as signing up did."""
        return str(User.normalize_username(super().clean_login()))


class SignupForm(allauth.SignupForm):  # type: ignore[misc]
    """Sign up with a name and a password; the e-mail address is for a forgotten password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("이름")
        self.fields["username"].help_text = _(
            "다른 사람에게 보이는 이름입니다. 나중에 바꿀 수 없습니다."
        )
        self.fields["email"].label = _("이메일 (선택)")
        self.fields["email"].help_text = _("비밀번호를 잊었을 때만 씁니다.")
        self.fields["password1"].label = _("비밀번호")
        self.fields["password2"].label = _("비밀번호 한 번 더")
        drop_placeholders(self)

    def save(self, request: HttpRequest) -> User:
        """Make the account, and tell the e-mail address that it was named."""
        user: User = super().save(request)
        if user.email:
            get_adapter().tell_address(request, user)
        return user


class SettingsForm(forms.ModelForm[User]):
    """What a person chooses for themselves."""

    class Meta:
        model = User
        fields = ["hides_advertisements"]
        help_texts = {
            "hides_advertisements": _(
                "광고로 표시된 글을 목록과 검색 결과에서 뺍니다. 내가 쓴 글은 그대로 보입니다."
            )
        }


def drop_placeholders(form: forms.BaseForm) -> None:
    """Remove the grey texts inside the fields: each field has a label that stays."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
