"""The WSGI application that granian, or any other server, runs."""

import multiprocessing
import os

from django.core.wsgi import get_wsgi_application

from madang.community import inference, orphan

starter = multiprocessing.parent_process()
if starter is not None and starter.pid is not None:  # granian's main process
    orphan.end_with(starter.pid)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madang.community.settings")
application = get_wsgi_application()
inference.warm_up()
