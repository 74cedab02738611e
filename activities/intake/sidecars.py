"""Tables in files beside a partners' file: read when it is applied or tried, and kept with the feed from then on."""

from pathlib import Path
from typing import Any

from activities.intake import yaml_text
from activities.intake.formats.errors import FormatInvalid
from activities.intake.formats.lookups import BYTES_MAX

OF_FILE = ("file", "encoding")


def load(path: Path) -> Any:
    """A partners' file, with the text of its tables in place of the names of their files.

    Raises YamlInvalid, FormatInvalid, OSError.
    """
    declaration = yaml_text.load(path.read_text(encoding="utf-8"))
    for where, tables in _find_tables(declaration):
        for name, table in tables.items():
            if isinstance(table, dict) and isinstance(table.get("file"), str) and "csv" not in table:
                csv = _read(path.parent, table["file"], table.get("encoding", "utf-8"), f"{where}.{name}")
                tables[name] = {key: value for key, value in table.items() if key not in OF_FILE} | {"csv": csv}
    return declaration


def _find_tables(declaration: Any) -> list[tuple[str, dict[str, Any]]]:
    """The tables of every feed with their path; what is declared wrongly is told later, by the vocabulary."""
    feeds = declaration.get("feeds") if isinstance(declaration, dict) else None
    found = []
    for number, feed in enumerate(feeds if isinstance(feeds, list) else []):
        declared = feed.get("format") if isinstance(feed, dict) else None
        tables = declared.get("tables") if isinstance(declared, dict) else None
        if isinstance(tables, dict):
            found.append((f"feeds[{number}].format.tables", tables))
    return found


def _read(folder: Path, name: str, encoding: str, path: str) -> str:
    """Raises FormatInvalid."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise FormatInvalid(f"{path}.file", f"{name!r} must lie beside the partners' file, or below it")
    try:
        with (folder / name).open("rb") as file:
            content = file.read(BYTES_MAX + 1)
        text = content.decode(encoding).removeprefix("\ufeff").replace("\r\n", "\n")
    except OSError as error:
        raise FormatInvalid(f"{path}.file", f"{name!r} cannot be read: {error.strerror}") from None
    except LookupError:
        raise FormatInvalid(f"{path}.encoding", f"{encoding!r} is not an encoding") from None
    except UnicodeDecodeError as error:
        raise FormatInvalid(f"{path}.encoding", f"{name!r} is not {encoding}: {error}") from None
    if "\0" in text:
        raise FormatInvalid(f"{path}.file", f"{name!r} has the character U+0000, which cannot be kept")
    return text
