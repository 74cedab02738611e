-- Parameters: citizens, today.
INSERT INTO accounts_citizen (id, nickname, district_id, ranked, created_at)
SELECT
    (lpad(to_hex(number * 4294967295 / %(citizens)s), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid,
    'c' || number, (SELECT min(id) FROM accounts_district) + number %% 12, true, now()
FROM generate_series(1, %(citizens)s::bigint) AS number;

ALTER TABLE activities_dailytotal DROP CONSTRAINT activities_dailytotal_pkey;

DROP INDEX daily_total_of_day;

-- Day after day, as a city's are written: one person's rows lie far apart.
DO $$
DECLARE
    back integer[];
BEGIN
    FOREACH back SLICE 1 IN ARRAY ARRAY[[55, 5], [5, 10], [0, 1]] LOOP
        INSERT INTO activities_dailytotal (citizen_id, city_day, scenario_id, activities, distance_m, reduction_mg, points)
        SELECT citizen.id, %(today)s::date - back[1] - floor(random() * back[2])::integer, scenario.id,
            2, 2 * trip_m, 2 * trip_m * (40 + floor(random() * 20))::bigint, 1
        FROM (
            SELECT id, (500 + 14500 * (abs(hashtext(id::text)::bigint) %% 1000003 / 1000003.0) ^ 2)::bigint AS trip_m
            FROM accounts_citizen
        ) AS citizen
        CROSS JOIN (SELECT id FROM activities_scenario WHERE occupies_body ORDER BY id LIMIT 1) AS scenario;
    END LOOP;
END
$$;

ALTER TABLE activities_dailytotal
    ADD CONSTRAINT activities_dailytotal_pkey PRIMARY KEY (citizen_id, city_day, scenario_id);

CREATE INDEX daily_total_of_day ON activities_dailytotal (city_day, citizen_id);

