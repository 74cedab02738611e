CREATE TRIGGER campaign_award_is_append_only BEFORE UPDATE OR DELETE ON activities_campaignaward
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER campaign_award_is_not_truncated BEFORE TRUNCATE ON activities_campaignaward
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
