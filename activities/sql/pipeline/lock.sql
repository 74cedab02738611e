-- One lock order: all crediting of a citizen passes through the citizen's tally, taken in the order of ids.
INSERT INTO activities_tally (citizen_id, reduction_mg, remainder_mg, points)
SELECT DISTINCT citizen_id, 0, 0, 0 FROM stage_row WHERE citizen_id IS NOT NULL ORDER BY citizen_id
ON CONFLICT (citizen_id) DO NOTHING;

SELECT count(*) FROM (
    SELECT 1 FROM activities_tally
    WHERE citizen_id IN (SELECT citizen_id FROM stage_row WHERE citizen_id IS NOT NULL)
    ORDER BY citizen_id FOR UPDATE
) AS locked;
