"""Boards in Django's administration; posts are changed on the site, so that each rule holds."""

from django.contrib import admin

from madang.community.boards.models import Board


@admin.register(Board)
class BoardAdmin(admin.ModelAdmin[Board]):
    """Make, rename and order boards."""

    list_display = ["name", "slug", "kind", "position"]
    list_editable = ["kind", "position"]
    prepopulated_fields = {"slug": ["name"]}
