"""The WSGI application; `config/gunicorn.py` says how it is served."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # with every view, so that no request waits for it
gc.collect()
gc.freeze()  # what is loaded stays: the collector need not look at it again, which took as long as several pages
