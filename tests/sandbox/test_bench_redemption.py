"""The benchmark of a hot offer, small: a real web server, one of whose workers is killed in the middle."""

import pytest

from sandbox.benchmarks import redemption


@pytest.mark.django_db(transaction=True)
def test_a_hot_offer_is_never_oversold_though_a_web_worker_is_killed(monkeypatch):
    monkeypatch.setitem(redemption.SIZES, "small", {"clients": 30, "stock": 12})
    monkeypatch.setattr(redemption, "REPEATS", 10)
    monkeypatch.setattr(redemption, "TILLS", 5)

    figures = redemption.run("small", kill=True)

    exact = {
        "stock": 12,
        "clients": 30,
        "succeeded": 12,
        "refused": 18,
        "oversold": 0,
        "negative_balances": 0,
        "errors": 0,
        "redemptions": 12,
        "killed_workers": 1,
        "one_voucher_confirmed": 1,
        "one_id_redemptions": 1,
        "one_id_answers": 1,
        "breaches": 0,
    }
    assert {name: figures[name] for name in exact} == exact
    assert figures["per_s"] > 0
    assert figures["p99_ms"] > 0
