"""The WSGI application that granian, or any other server, runs."""

import os

import django

from madang.community import inference

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madang.community.settings")
django.setup(set_prefix=False)

from madang.community.sanitizing import Handler  # noqa: E402  (it reads the settings)

application = Handler()
inference.warm_up()
