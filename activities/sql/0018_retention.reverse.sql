DROP TRIGGER detail_horizon_is_append_only ON activities_detailhorizon;
-- Why a reduction cannot be claimed for a pool; '' where it can. `claims.claim` asks the same before it writes.
-- A partner has waived its claim on a day when a contract in force says so, and none keeps it.
CREATE OR REPLACE FUNCTION refuse_claim(owner uuid, reduction uuid, pool text) RETURNS text STABLE LANGUAGE sql AS $$
    SELECT CASE
        WHEN r.id IS NULL THEN 'no_reduction'
        WHEN r.reversal OR EXISTS (
            SELECT FROM activities_reduction v WHERE v.citizen_id = r.citizen_id AND v.activity_id = r.activity_id
              AND v.generation = r.generation AND v.reversal) THEN 'reversed'
        WHEN pool = 'points_only' THEN ''
        WHEN r.reduction_mg = 0 OR NOT s.poolable THEN 'not_poolable'
        WHEN a.evidence NOT IN ('operator_order', 'payment') THEN 'evidence_too_weak'
        WHEN pool = 'personal' AND (kept.contracts IS NULL OR kept.contracts > 0) THEN 'not_waived'
        WHEN pool = 'partner' AND kept.contracts = 0 THEN 'waived'
        ELSE ''
    END
    FROM (SELECT) AS asked
    LEFT JOIN activities_reduction r ON r.id = reduction AND r.citizen_id = owner
    LEFT JOIN activities_scenario s ON s.id = r.scenario_id
    LEFT JOIN activities_activity a ON a.id = r.activity_id AND a.citizen_id = r.citizen_id
    LEFT JOIN activities_feed f ON f.id = a.feed_id
    LEFT JOIN LATERAL (
        SELECT sum((c.claim = 'partner')::int) AS contracts FROM activities_contract c
        WHERE c.partner_id = f.partner_id AND c.valid_from <= r.city_day
          AND (c.valid_until IS NULL OR c.valid_until >= r.city_day)
    ) AS kept ON true
$$;
