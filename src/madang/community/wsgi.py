"""The WSGI application that granian, or any other server, runs."""

import multiprocessing
import os

from django.core.wsgi import get_wsgi_application

from madang.community import inference, orphan

if starter := multiprocessing.parent_process():  # granian's main process
    orphan.end_with(starter.pid)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madang.community.settings")
application = get_wsgi_application()
inference.warm_up()
