"""The verdicts of activities: facts are made of them, and the rules decide."""

from collections.abc import Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any

import numpy as np
from django.db import connection

from activities.integrity import instruments, new_account, reasons, shared_means
from activities.integrity.facts import Facts, Integers
from activities.integrity.registry import RuleBook
from activities.methodologies.columns import GRADES, PLACES
from activities.models import Activity, Feed, Instrument, Scenario
from activities.pipeline.act import Act
from config import clock, copying


class Court:
    """Scenarios, feeds and rules as they are now. Read once a batch."""

    def __init__(self) -> None:
        self.book = RuleBook()
        self.scenarios = {scenario.pk: scenario for scenario in Scenario.objects.all()}
        self.partners = dict(Feed.objects.values_list("pk", "partner_id"))
        self.instants = {scenario.pk: scenario.instant_s for scenario in self.scenarios.values()}
        self.instant_s = max(self.instants.values(), default=0)
        self.bodies = {scenario.pk for scenario in self.scenarios.values() if scenario.occupies_body}

    def until_s(self, act: Act) -> float:
        """When the person was done with it (epoch seconds)."""
        start_s = act.started_at.timestamp()
        if act.ended_at is None:
            return start_s + self.instants[act.scenario_id]
        return act.ended_at.timestamp()

    def judge(self, acts: Sequence[Act]) -> dict[Any, dict[str, Any]]:
        """Set the verdict of every activity that is not fixed; return the evidence against those not accepted.

        The activities are in the order of `days.gather`.
        """
        judged = [act for act in acts if not act.fixed]
        for act in judged:
            act.status, act.reason = Activity.Status.ACCEPTED, ""
            if act.decision == Activity.Status.REJECTED:
                act.status, act.reason = Activity.Status.REJECTED, reasons.REVIEWED
        standing = [act for act in judged if act.status == Activity.Status.ACCEPTED]
        evidence = {}
        for judgement in self.book.judge(self._facts(standing)) if standing else []:
            act = standing[judgement.place]
            act.status, act.reason = judgement.rule.verdict, judgement.rule.code
            evidence[act.id] = judgement.evidence
        return evidence

    def _facts(self, acts: list[Act]) -> Facts:
        def numbers(name: str) -> Any:
            return np.array([-1 if value is None else value for value in map(attrgetter(name), acts)], np.int64)

        def index(values: list[Any]) -> Any:
            places = {value: place for place, value in enumerate(dict.fromkeys(values))}
            return np.array([places[value] for value in values], np.int64)

        return Facts(
            ids=tuple(act.id for act in acts),
            citizen=index([act.citizen_id for act in acts]),
            day=np.array([act.city_day.toordinal() for act in acts], np.int64),
            scenario=numbers("scenario_id"),
            start_s=np.array([act.started_at.timestamp() for act in acts], np.float64),
            until_s=np.array([self.until_s(act) for act in acts], np.float64),
            has_end=np.array([act.ended_at is not None for act in acts], np.bool_),
            distance_m=numbers("distance_m"),
            basis=np.array([PLACES[act.distance_basis] for act in acts], np.int64),
            quantity=numbers("quantity"),
            displacement_m=numbers("displacement_m"),
            origin=numbers("origin"),
            destination=numbers("destination"),
            occupies_body=np.array([act.scenario_id in self.bodies for act in acts], np.bool_),
            evidence=np.array([GRADES[act.evidence] for act in acts], np.int64),
            partner=np.array([self.partners[act.feed_id] for act in acts], np.int64),
            feed=numbers("feed_id"),
            link=index([act.link_id for act in acts]),
            amount_fen=numbers("amount_fen"),
            payer=numbers("payer"),
            device=numbers("device"),
            opened_day=self._opened(acts),
            payer_accounts=self._sharers(Instrument.Kind.PAYER, [act.payer for act in acts]),
            device_accounts=self._sharers(Instrument.Kind.DEVICE, [act.device for act in acts]),
            settled=np.array([act.decision == Activity.Status.ACCEPTED for act in acts], np.bool_),
            traits=tuple(act.traits for act in acts),
        )

    def _opened(self, acts: Sequence[Act]) -> Integers:
        """The days on which accounts were opened, as ordinals; only of accounts that are new for some rule."""
        limits = self.book.settings.get(new_account.RULE.code)
        if not limits:
            return np.full(len(acts), -1, np.int64)
        days = [act.city_day for act in acts]
        first_day = min(days) - timedelta(days=max(limit.days for limit in limits.values()))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, created_at FROM accounts_citizen"
                " WHERE id = ANY(%s::uuid[]) AND created_at >= %s AND created_at < %s",
                [
                    copying.array(copying.uuids({act.citizen_id for act in acts})),
                    clock.day_start(first_day),
                    clock.day_end(max(days)),
                ],
            )
            opened = {citizen: clock.city_day(at).toordinal() for citizen, at in cursor.fetchall()}
        return np.array([opened.get(act.citizen_id, -1) for act in acts], np.int64)

    def _sharers(self, kind: str, digests: list[int | None]) -> Integers:
        """How many accounts use the same card or device."""
        if shared_means.RULE.code not in self.book.settings:
            return np.full(len(digests), -1, np.int64)
        accounts = instruments.count_accounts(kind, (digest for digest in digests if digest is not None))
        return np.array([-1 if digest is None else accounts.get(digest, 0) for digest in digests], np.int64)
