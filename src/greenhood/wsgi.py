"""The entry for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from greenhood.kit import processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenhood.settings")
application = get_wsgi_application()

# Said by `greenhood serve` for its own processes; another server may load this module in its main process.
if os.environ.get("GREENHOOD_SERVER") == str(os.getppid()):
    processes.end_with_parent()
