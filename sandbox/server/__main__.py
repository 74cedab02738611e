"""The partners' own manage.py: `python -m sandbox.server prepare ...`, `python -m sandbox.server runserver 8002`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "sandbox.server.settings"
    execute_from_command_line([sys.argv[0], *sys.argv[1:]])
