"""The WSGI application that granian, or any other server, runs."""

import os

from django.core.wsgi import get_wsgi_application

from madang.community import inference

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madang.community.settings")
application = get_wsgi_application()
inference.warm_up()
