"""The WSGI entry point. Refuses to start on a wrong setting rather than failing a request later."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings.production")

from django.conf import settings

settings.ENVIRONMENT.refuse_problems()

application = get_wsgi_application()
