"""The WSGI application that granian, or any other server, runs."""

import multiprocessing
import os

import django

from madang.community.inference import prediction
from madang.community.serve import orphan

starter = multiprocessing.parent_process()
if starter is not None and starter.pid is not None:  # granian's main process
    orphan.end_with(starter.pid)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madang.community.site.settings")
django.setup(set_prefix=False)

from madang.community.site.sanitizing import Handler  # noqa: E402  (it reads the settings)

application = Handler()
prediction.warm_up()
