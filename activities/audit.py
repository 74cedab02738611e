"""The invariants between activities, reductions and points, each counted by one query: 0 means that it holds.

They read whole tables by joining them as sets: a probe an activity would take hours in a large city.
"""

from ledger.audit import count_breaches

CHECKS = {
    "live_reductions_have_accepted_activities": """
        SELECT count(*) FROM activities_reduction r
        LEFT JOIN activities_activity a ON a.id = r.activity_id AND a.citizen_id = r.citizen_id
        WHERE NOT r.reversal AND NOT EXISTS (
              SELECT FROM activities_reduction v WHERE v.citizen_id = r.citizen_id
                AND v.activity_id = r.activity_id AND v.generation = r.generation AND v.reversal)
          AND (a.status <> 'accepted' OR a.id IS NULL AND r.activity_id >= ALL (
              SELECT first_kept FROM activities_detailhorizon))""",
    "accepted_activities_have_one_live_reduction": """
        SELECT count(*) FROM activities_activity a
        LEFT JOIN (
            SELECT citizen_id, activity_id, sum(CASE WHEN reversal THEN -1 ELSE 1 END) AS live
            FROM activities_reduction GROUP BY 1, 2) r ON r.activity_id = a.id AND r.citizen_id = a.citizen_id
        WHERE a.status = 'accepted' AND r.live IS DISTINCT FROM 1""",
    "reversals_take_back_what_was_credited": """
        SELECT count(*) FROM activities_reduction v
        LEFT JOIN activities_reduction r ON r.citizen_id = v.citizen_id AND r.activity_id = v.activity_id
            AND r.generation = v.generation AND NOT r.reversal
        WHERE v.reversal
          AND (r.reduction_mg, r.methodology_id, r.scenario_id, r.city_day, coalesce(r.distance_m, -1), r.mg_per_point,
            r.fixed_points)
            IS DISTINCT FROM
            (-v.reduction_mg, v.methodology_id, v.scenario_id, v.city_day, coalesce(v.distance_m, -1), v.mg_per_point,
            -v.fixed_points)
        """,
    "points_follow_from_reductions": """
        SELECT count(*) FROM activities_reduction
        WHERE points <> CASE
            WHEN reversal THEN least(0, floor((carried_mg + reduction_mg)::numeric / mg_per_point) + fixed_points)
            ELSE (carried_mg + reduction_mg) / mg_per_point + fixed_points END - unfunded_points""",
    "rewarded_reductions_have_transfers": """
        SELECT count(*) FROM activities_reduction r
        LEFT JOIN ledger_transfer t ON t.id = r.id AND t.code = 10
        LEFT JOIN ledger_account c ON c.id = t.credit_account_id
        LEFT JOIN ledger_account d ON d.id = t.debit_account_id
        WHERE r.points > 0 AND (t.amount IS DISTINCT FROM r.points OR c.holder IS DISTINCT FROM r.citizen_id
            OR d.holder IS DISTINCT FROM r.programme_id)""",
    "reversed_points_were_taken_back_or_are_owed": """
        SELECT count(*) FROM activities_reduction r
        WHERE r.points < 0 AND -r.points IS DISTINCT FROM (
            SELECT sum(amount) FROM ledger_transfer t WHERE t.reference = r.id AND t.code IN (30, 31))""",
    "awards_have_reductions": """
        SELECT count(*) FROM ledger_transfer t WHERE t.code = 10
          AND NOT EXISTS (SELECT FROM activities_reduction r WHERE r.id = t.id AND r.points = t.amount)""",
    "campaign_awards_were_paid_or_taken_back": """
        SELECT count(*) FROM activities_campaignaward a JOIN activities_campaign c ON c.id = a.campaign_id
        WHERE abs(a.points) IS DISTINCT FROM (
            SELECT sum(t.amount) FROM ledger_transfer t
            JOIN ledger_account p ON p.id = CASE WHEN a.points > 0 THEN t.debit_account_id ELSE t.credit_account_id END
            WHERE t.reference = a.id AND t.code <> 10
              AND t.code = ANY (CASE WHEN a.points > 0 THEN ARRAY[11] ELSE ARRAY[30, 31] END)
              AND p.holder = c.programme_id)""",
    "bonuses_have_campaign_awards": """
        SELECT count(*) FROM ledger_transfer t WHERE t.code = 11
          AND NOT EXISTS (SELECT FROM activities_campaignaward a WHERE a.id = t.id AND a.points = t.amount)""",
    "campaign_awards_follow_their_reductions": """
        SELECT count(*) FROM (
            SELECT a.citizen_id, a.activity_id, a.generation, a.campaign_id, sum(a.points) AS left_points,
                bool_or(r.reversal) AS reversed
            FROM activities_campaignaward a
            JOIN activities_reduction r USING (citizen_id, activity_id, generation) GROUP BY 1, 2, 3, 4) AS paid
        WHERE reversed <> (left_points = 0)""",
    "daily_totals_equal_reductions": """
        SELECT count(*) FROM (
            SELECT citizen_id, city_day, scenario_id, sum(CASE WHEN reversal THEN -1 ELSE 1 END) AS activities,
                sum(CASE WHEN reversal THEN -distance_m ELSE distance_m END) AS distance_m,
                sum(reduction_mg) AS reduction_mg, sum(points) AS points
            FROM activities_reduction GROUP BY 1, 2, 3) r
        FULL JOIN activities_dailytotal d USING (citizen_id, city_day, scenario_id)
        WHERE (r.activities, coalesce(r.distance_m, 0), r.reduction_mg, r.points)
            IS DISTINCT FROM (d.activities, d.distance_m, d.reduction_mg, d.points)""",
    "tallies_equal_reductions": """
        SELECT count(*) FROM activities_tally t
        FULL JOIN (SELECT citizen_id, sum(reduction_mg) AS reduction_mg, sum(points) AS points
            FROM activities_reduction GROUP BY 1) r USING (citizen_id)
        WHERE (coalesce(r.reduction_mg, 0), coalesce(r.points, 0)) IS DISTINCT FROM (t.reduction_mg, t.points)""",
    "claims_have_reductions": """
        SELECT count(*) FROM activities_claim c WHERE NOT EXISTS (
            SELECT FROM activities_reduction r WHERE r.id = c.reduction_id AND r.citizen_id = c.citizen_id)""",
    "published_versions_say_what_their_factors_say": """
        SELECT count(*) FROM activities_methodology
        WHERE published_at IS NOT NULL AND coalesce(
            refuse_parameters(family, parameters), refuse_factors(family, parameters, factors, region)) IS NOT NULL""",
    "events_have_activities": """
        SELECT count(*) FROM activities_event e
        WHERE NOT EXISTS (
            SELECT FROM activities_activity a WHERE a.id = e.activity_id AND a.citizen_id = e.citizen_id)""",
    "accepted_trips_do_not_overlap": """
        SELECT count(*) FROM (
            SELECT a.started_at, max(coalesce(a.ended_at, a.started_at + s.instant_s * interval '1 second')) OVER (
                PARTITION BY a.citizen_id ORDER BY a.started_at, a.id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until
            FROM activities_activity a JOIN activities_scenario s ON s.id = a.scenario_id
            WHERE a.status = 'accepted' AND s.occupies_body) AS trip
        WHERE started_at < busy_until""",
}


def run() -> dict[str, int]:
    """The number of breaches of each invariant."""
    return count_breaches(CHECKS)
