import os
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sandbox import screenshots


class Command(BaseCommand):
    help = "Draw every page of the running demo into var/screenshots: two sizes, languages and themes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where manage.py demo serves")

    def handle(self, *args: Any, **options: Any) -> None:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if chromium is None:
            raise CommandError("There is no Chromium on this machine.")
        folder = Path(settings.VAR_DIR) / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
        try:
            count = screenshots.take(options["url"].rstrip("/"), folder, chromium, self.stdout.write)
        except screenshots.NoDemoCity as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{count} pictures in {folder}")
