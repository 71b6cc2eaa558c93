"""People in Django's administration, for the operator."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from madang.community.accounts.models import User


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    """See, change and delete accounts."""

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Delete accounts one after the other, each as one alone is deleted."""
        for person in queryset:
            person.delete()
