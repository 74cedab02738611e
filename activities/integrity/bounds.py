"""Numbers in a rule's settings with the bounds they must keep."""

from typing import Annotated

import msgspec

Seconds = Annotated[int, msgspec.Meta(ge=0, le=86_400)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
Speed = Annotated[int, msgspec.Meta(ge=1_000, le=600_000)]
"""Metres an hour."""
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Metres = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
