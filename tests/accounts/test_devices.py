"""Devices by names that their owners know."""

import pytest

from accounts import devices


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Version/19.1 Mobile Safari/604.1", "iPhone · Safari"),
        ("Mozilla/5.0 (Linux; Android 16; V2405A) Chrome/140 Mobile MicroMessenger/8.0", "Android · 微信 WeChat"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/141.0 Safari/537.36 Edg/141.0", "Windows · Edge"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Linux · Firefox"),
        ("curl/8.5", "一台设备"),
        ("", "一台设备"),
    ],
)
def test_a_device_has_a_name_its_owner_knows(said, name):
    assert devices.name(said) == name
