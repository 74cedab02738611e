CREATE TRIGGER consent_is_append_only BEFORE UPDATE OR DELETE ON accounts_consent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consent_text_is_append_only BEFORE UPDATE OR DELETE ON accounts_consenttext
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
