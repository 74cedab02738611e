CREATE TRIGGER reduction_is_append_only BEFORE UPDATE OR DELETE ON activities_reduction
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rate_is_append_only BEFORE UPDATE OR DELETE ON activities_pointsrate
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER published_methodology_is_append_only BEFORE UPDATE OR DELETE ON activities_methodology
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION refuse_change();
