"""The demo's own key pair for web push, made once: subscriptions of browsers outlive a restart, as they should."""

import json

from dashboard.notifications import vapid
from sandbox.demo import plan


def variables() -> dict[str, str]:
    """The pair as variables of the environment."""
    path = plan.folder() / "push_keys.json"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps(vapid.new_pair()._asdict()))
    pair = vapid.Pair(**json.loads(path.read_text()))
    return {"VAPID_PRIVATE_KEY": pair.private, "VAPID_PUBLIC_KEY": pair.public}
