import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # the views too, before the first request
gc.collect()
gc.freeze()  # what is loaded now stays: no collection walks through it while somebody waits for a page
