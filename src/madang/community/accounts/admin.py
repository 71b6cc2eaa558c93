"""People in Django's administration, for the operator."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from madang.community.accounts.models import User

admin.site.register(User, UserAdmin)
