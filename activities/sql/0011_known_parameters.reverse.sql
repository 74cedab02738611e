DROP FUNCTION methodology_parameters();
