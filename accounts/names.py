"""What people may call themselves and their groups."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from accounts.models import BlockedWord
from config.problems import Problem


class NameBlocked(Problem):
    code, title = "name_blocked", _("This name contains a word that is not allowed here.")


def tidy(text: str) -> str:
    """Full-width letters made plain, spaces made single."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def fits(name: str, length_max: int) -> bool:
    """Whether it has 2 to `length_max` letters, digits or quiet signs."""
    return 2 <= len(name) <= length_max and bool(re.fullmatch(r"[\w .·\-]+", name))


def require_decent(name: str) -> str:
    """The name, or NameBlocked. Signs and case do not hide a word."""
    bare = re.sub(r"[\W_]", "", name).casefold()
    for word in BlockedWord.objects.values_list("word", flat=True):
        if re.sub(r"[\W_]", "", word).casefold() in bare:
            raise NameBlocked
    return name
