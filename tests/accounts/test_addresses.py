import pytest

from accounts import addresses


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 0013 8000", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("+852 5123 4567", "+85251234567"),
        ("Ann@Example.ORG ", "ann@example.org"),
        ("12800138000", "12800138000"),
    ],
)
def test_a_typed_address_is_kept_in_one_form(typed, kept):
    assert addresses.clean(typed) == kept


@pytest.mark.parametrize(
    ("phone", "shown"), [("+8613800138000", "+86 138****8000"), ("+85251234567", "+85****4567"), ("", "")]
)
def test_a_phone_number_is_shown_masked(phone, shown):
    assert addresses.mask_phone(phone) == shown


@pytest.mark.parametrize(("email", "shown"), [("ann@example.org", "a***@example.org"), ("", "")])
def test_an_address_is_shown_masked(email, shown):
    assert addresses.mask_email(email) == shown
