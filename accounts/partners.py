"""What holds for a partner, whether the desk's form or a partners' file describes it."""

from urllib.parse import urlsplit

from django.conf import settings

RESERVED_CODES = {"app", "oidc", "complete"}
"""Names of addresses of ours, where the callbacks of partners are."""


def may_be_called(url: str) -> bool:
    """Whether it is a web address; in production by TLS only, as tokens and people's data go there."""
    parts = urlsplit(url)
    schemes = {"https"} if settings.PRODUCTION else {"https", "http"}
    return parts.scheme in schemes and bool(parts.hostname)
