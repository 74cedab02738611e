-- Credits to recompute, where a mistake would weigh most or is likeliest: a quarter each of the largest, the newest,
-- the same number of every version, and of all; chance depends on the seed alone.
WITH credit AS (
    SELECT id, methodology_id, reduction_mg, hashtextextended(id::text, %(seed)s) AS chance
    FROM activities_reduction WHERE NOT reversal
)
(SELECT id FROM credit ORDER BY reduction_mg DESC, id LIMIT %(share)s)
UNION (SELECT id FROM credit ORDER BY id DESC LIMIT %(share)s)
UNION (SELECT id FROM (
    SELECT id, row_number() OVER (PARTITION BY methodology_id ORDER BY chance) AS place FROM credit) AS drawn
    WHERE place <= greatest(%(share)s / %(versions)s, 1))
UNION (SELECT id FROM credit ORDER BY chance LIMIT %(share)s)
