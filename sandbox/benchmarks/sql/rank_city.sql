-- Parameters: citizens, today.
INSERT INTO accounts_citizen (id, nickname, district_id, ranked, created_at)
SELECT gen_random_uuid(), 'c' || number,
    (SELECT min(id) FROM accounts_district) + number %% 12, true, now()
FROM generate_series(1, %(citizens)s) AS number;

ALTER TABLE activities_dailytotal DROP CONSTRAINT activities_dailytotal_pkey;

DROP INDEX daily_total_of_day;

INSERT INTO activities_dailytotal (citizen_id, city_day, scenario_id, activities, distance_m, reduction_mg, points)
SELECT citizen.id, days.city_day, scenario.id, 2, 2 * trip_m, 2 * trip_m * (40 + floor(random() * 20))::bigint, 1
FROM (SELECT id, (500 + 14500 * random() * random())::bigint AS trip_m FROM accounts_citizen) AS citizen
CROSS JOIN (SELECT id FROM activities_scenario WHERE occupies_body ORDER BY id LIMIT 1) AS scenario
CROSS JOIN LATERAL (
    VALUES (%(today)s::date), (%(today)s::date - 5 - floor(random() * 10)::integer),
        (%(today)s::date - 55 - floor(random() * 5)::integer)
) AS days (city_day);

ALTER TABLE activities_dailytotal
    ADD CONSTRAINT activities_dailytotal_pkey PRIMARY KEY (citizen_id, city_day, scenario_id);

CREATE INDEX daily_total_of_day ON activities_dailytotal (city_day, citizen_id);

ANALYZE;
