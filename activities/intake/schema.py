"""The JSON Schema of a partners' file, made of the vocabulary (docs/feed.schema.json)."""

import json
from typing import Any

import msgspec

from activities.intake.declarations import Document

ADDRESS = "https://json-schema.org/draft/2020-12/schema"


def describe() -> dict[str, Any]:
    return {"$schema": ADDRESS, "title": "Partners' file of Tanpuhui", **msgspec.json.schema(Document)}


def write() -> str:
    return json.dumps(describe(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
