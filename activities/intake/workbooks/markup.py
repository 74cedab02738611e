"""XML as it streams by, within bounds: no entities, no endless tokens, no bottomless nesting."""

from collections.abc import Iterator
from typing import BinaryIO, Protocol
from xml.parsers import expat

from activities.intake.problems import Refused

PIECE_BYTES = 65_536
TOKEN_BYTES_MAX = 16_777_216
DEPTH_MAX = 64


class Handler(Protocol):
    """Is told of elements by their names without a prefix."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


def parse(source: BinaryIO, handler: Handler, part: str) -> Iterator[None]:
    """Goes on by a piece at each step. Raises Refused, naming the part of the workbook."""
    parser, depth, fed = expat.ParserCreate(), 0, 0
    parser.buffer_text, parser.buffer_size = True, PIECE_BYTES

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH_MAX:
            raise _damaged(part, f"elements are nested deeper than {DEPTH_MAX}")
        handler.start(name.rpartition(":")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(name.rpartition(":")[2])

    def refuse(*_said: object) -> None:
        raise _damaged(part, "it declares a document type")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = handler.text, refuse
    try:
        while piece := source.read(PIECE_BYTES):
            parser.Parse(piece)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > TOKEN_BYTES_MAX:
                raise _damaged(part, f"a tag or a text is longer than {TOKEN_BYTES_MAX} bytes")
            yield
        parser.Parse(b"", True)
        yield
    except expat.ExpatError as error:
        raise _damaged(part, str(error)) from error


def read(source: BinaryIO, handler: Handler, part: str) -> None:
    """The whole part at once. Raises Refused."""
    for _piece in parse(source, handler, part):
        pass


def _damaged(part: str, why: str) -> Refused:
    return Refused("bad_workbook", f"{part} of the workbook cannot be read: {why}")
