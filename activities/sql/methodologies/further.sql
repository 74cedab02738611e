CASE WHEN a.traits IS NOT NULL OR a.amount_fen IS NOT NULL OR a.energy_wh IS NOT NULL THEN
    jsonb_strip_nulls(jsonb_build_object('amount_fen', a.amount_fen, 'energy_wh', a.energy_wh,
        'mcc', CASE WHEN a.category ~ '^[0-9]{1,4}$' THEN a.category::int END)) || coalesce(a.traits, '{}') END
