"""YAML as people who declare a feed mean it: 0742, 2016-08-01, 12:30, yes and no are texts, and no key comes twice."""

import re
from typing import Any

import yaml

from config.problems import Problem

NESTING_MAX = 50
UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
"""What a database takes in no text: NUL, and half of a character."""


class YamlInvalid(Problem):
    """The line and the column are in the detail."""

    status, code, title = 422, "yaml_invalid", "The file is not YAML."


class _Loader(yaml.SafeLoader):
    """The plain types of YAML 1.2, numbers without leading zeros and of at most 18 digits; longer ones are texts."""

    yaml_implicit_resolvers: dict[str, Any] = {}
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.depth += 1
        if self.depth > NESTING_MAX:
            said = f"it is nested deeper than {NESTING_MAX} levels"
            place = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, said, place)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> str:
        text: str = super().construct_scalar(node)
        if (wrong := UNKEEPABLE.search(text)) is not None:
            said = f"a text has the character U+{ord(wrong[0]):04X}, which cannot be kept"
            raise yaml.constructor.ConstructorError(None, None, said, node.start_mark)
        return text

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, dict | list):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a text", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} comes twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^-?(?:0|[1-9][0-9]{0,17})$", "-0123456789"),
    ("float", r"^-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}$", "-0123456789"),
    ("null", r"^(?:~|null|)$", "~n\0"),
    ("merge", r"^(?:<<)$", "<"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first) + [""] * (_tag == "null")
    )


def load(text: str) -> Any:
    """The document. Raises YamlInvalid with the line and what is wrong there."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader, with fewer types
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise YamlInvalid(f"{where}{error.problem or error.context}") from error
    except yaml.reader.ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        said = f"the character U+{ord(text[error.position]):04X} cannot stand here"
        raise YamlInvalid(f"line {line}, column {column}: {said}") from error
    except (yaml.YAMLError, ValueError) as error:  # !!int x
        raise YamlInvalid(str(error)[:200]) from error


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as they are."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text.strip() else None)


_Dumper.add_representer(str, _represent_text)


def dump(document: Any) -> str:
    """Readable YAML, keys in their order."""
    return yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
