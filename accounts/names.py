"""What people may call themselves and their groups."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from accounts.models import BlockedWord
from config.problems import Problem

QUIET = frozenset(" .·-_")
MARKS_MAX = 3
"""On one letter; a tower of them would reach into other lines."""
INVISIBLE = frozenset(map(chr, [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)]))
"""Letters and marks that show nothing: two names would look the same."""
_ORDER = re.compile(f"(lm{{0,{MARKS_MAX}}}|s)+")


class NameBlocked(Problem):
    code, title = "name_blocked", _("This name contains a word that is not allowed here.")


def tidy(text: str) -> str:
    """Full-width letters made plain, spaces made single."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def fits(name: str, length_max: int) -> bool:
    """Whether it has 2 to `length_max` letters, digits or quiet signs, and a letter or digit among them."""
    kinds = "".join(_kind(sign) for sign in name)
    return 2 <= len(name) <= length_max and "l" in kinds and bool(_ORDER.fullmatch(kinds))


def _kind(sign: str) -> str:
    """`l` for a letter or digit, `m` for a mark that scripts put on one, `s` for a quiet sign, `x` for all else."""
    if sign in INVISIBLE:
        return "x"
    if sign.isalnum():
        return "l"
    if unicodedata.category(sign) in {"Mn", "Mc"}:
        return "m"
    return "s" if sign in QUIET else "x"


def require_decent(name: str) -> str:
    """The name, or NameBlocked. Signs and case do not hide a word."""
    bare = re.sub(r"[\W_]", "", name).casefold()
    for word in BlockedWord.objects.values_list("word", flat=True):
        if re.sub(r"[\W_]", "", word).casefold() in bare:
            raise NameBlocked
    return name
