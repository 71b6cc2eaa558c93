"""Boards in Django's administration; posts are changed on the site, so that each rule holds."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from madang.community.boards.models import Board
from madang.community.boards.signals import board_changed


@admin.register(Board)
class BoardAdmin(admin.ModelAdmin[Board]):
    """Make, rename and order boards."""

    list_display = ["name", "slug", "kind", "position"]
    list_editable = ["kind", "position"]
    prepopulated_fields = {"slug": ["name"]}

    def save_model(
        self, request: HttpRequest, obj: Board, form: ModelForm[Board], change: bool
    ) -> None:
        """Keep the board and tell who listens: its posts may be reviews from now on."""
        super().save_model(request, obj, form, change)
        board_changed.send(sender=Board, board=obj)
