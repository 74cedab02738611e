"""What a browser says of itself, in words that its owner knows. Pure."""

from django.utils.translation import gettext as _

PLACES = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "Linux": "Linux",
}
BROWSERS = {
    "MicroMessenger": "微信 WeChat",
    "AlipayClient": "支付宝 Alipay",
    "Edg": "Edge",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
"""By a mark in the header; the first that is found holds, as many name others beside themselves."""


def name(user_agent: str) -> str:
    """`iPhone · Safari`; what is not known is called a device."""
    found = (next((said for mark, said in known.items() if mark in user_agent), "") for known in (PLACES, BROWSERS))
    return " · ".join(filter(None, found)) or _("A device")
