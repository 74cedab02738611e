CREATE TRIGGER decision_is_append_only BEFORE UPDATE OR DELETE ON activities_decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
