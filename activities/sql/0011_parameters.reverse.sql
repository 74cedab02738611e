DROP TRIGGER methodology_parameters_are_valid ON activities_methodology;
DROP FUNCTION refuse_version();
DROP FUNCTION refuse_factors(text, jsonb, jsonb, text);
DROP FUNCTION refuse_parameters(text, jsonb);
DROP FUNCTION parameter_values(jsonb);
DROP FUNCTION unit_scale(text, text);
