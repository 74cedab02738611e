"""What the desk's form and a partners' file ask of a partner alike."""

import pytest

from accounts import partners
from accounts.admin import PartnerForm
from activities.intake import declarations
from activities.intake.formats.errors import FormatInvalid

NAMES = {"kind": "bike", "name_zh": "单车", "name_en": "Bike"}
PULL = {"url": "https://partner.example/trips", "style": "link"}


@pytest.mark.parametrize("code", sorted(partners.RESERVED_CODES))
def test_a_code_of_ours_is_refused_by_both(db, code):
    assert "code" in PartnerForm({"code": code, **NAMES, "scope": "openid"}).errors
    with pytest.raises(FormatInvalid, match="address of ours"):
        declarations.parse({"partners": [{"code": code, **NAMES}]})


@pytest.mark.parametrize(
    "declare",
    [
        lambda url: declarations.parse({"partners": [{"code": "bike", **NAMES, "issuer_url": url}]}),
        lambda url: declarations.parse_pull(PULL | {"url": url}),
        lambda url: declarations.parse_pull(PULL | {"auth": {"kind": "client_credentials", "token_url": url}}),
        lambda url: declarations.parse_store({"bucket": "trips", "endpoint_url": url}),
    ],
    ids=["issuer", "pull", "token", "bucket"],
)
def test_addresses_without_tls_are_called_on_a_development_machine_only(settings, declare):
    declare("http://127.0.0.1:9/trips")
    settings.PRODUCTION = True
    declare("https://partner.example/trips")
    with pytest.raises(FormatInvalid, match="https://"):
        declare("http://partner.example/trips")


def test_so_is_an_issuer_at_the_desk(db, settings):
    given = {"code": "bike", **NAMES, "scope": "openid", "issuer_url": "http://partner.example"}
    assert PartnerForm(given).errors == {}
    settings.PRODUCTION = True
    assert list(PartnerForm(given).errors) == ["issuer_url"]


@pytest.mark.parametrize("url", ["ftp://partner.example", "https://", "partner.example", "file:///etc/passwd"])
def test_what_is_no_web_address_is_not_called(url):
    assert not partners.may_be_called(url)
