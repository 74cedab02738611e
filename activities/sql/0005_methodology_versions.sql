CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Two versions of one scenario and layer never hold at the same time.
ALTER TABLE activities_methodology ADD CONSTRAINT methodology_validity_does_not_overlap EXCLUDE USING gist (
    scenario_id WITH =, layer WITH =, tstzrange(valid_from, valid_until) WITH &&
) WHERE (state IN ('published', 'superseded'));

-- A version is written as a draft, read and approved as submitted, and from its publication on never changed: only its
-- end is set, once, when the next version begins.
CREATE FUNCTION guard_methodology() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    road CONSTANT text[] := ARRAY['draft draft', 'draft submitted', 'submitted draft', 'submitted approved',
        'approved draft', 'approved published', 'published superseded'];
    moving CONSTANT text[] := ARRAY['state', 'approver_id', 'published_at'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a version begins as a draft: % refused', NEW.state USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    ELSIF OLD.state IN ('published', 'superseded') AND (TG_OP = 'DELETE' OR NEW.state <> 'superseded'
            OR OLD.valid_until IS NOT NULL
            OR to_jsonb(NEW) - ARRAY['state', 'valid_until'] <> to_jsonb(OLD) - ARRAY['state', 'valid_until']) THEN
        RAISE EXCEPTION 'a published version is append-only: % of version % refused', TG_OP, OLD.id
            USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'only a draft is deleted: % refused', OLD.state USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    ELSIF OLD.state || ' ' || NEW.state <> ALL (road) THEN
        RAISE EXCEPTION 'a % version does not become %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    ELSIF OLD.state IN ('submitted', 'approved') AND to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'a % version is not changed: return it to draft', OLD.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER methodology_keeps_to_its_road BEFORE INSERT OR UPDATE OR DELETE ON activities_methodology
    FOR EACH ROW EXECUTE FUNCTION guard_methodology();

CREATE TRIGGER published_factor_is_append_only BEFORE UPDATE OR DELETE ON activities_factor
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER methodology_step_is_append_only BEFORE UPDATE ON activities_methodologystep
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- History goes only with its draft.
CREATE FUNCTION keep_methodology_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM activities_methodology WHERE id = OLD.methodology_id AND state <> 'draft') THEN
        RAISE EXCEPTION '% is append-only: DELETE refused', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER methodology_step_is_kept BEFORE DELETE ON activities_methodologystep
    FOR EACH ROW EXECUTE FUNCTION keep_methodology_step();

-- Emptying a whole table passes no row trigger.
CREATE TRIGGER methodology_is_not_emptied BEFORE TRUNCATE ON activities_methodology
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER methodology_step_is_not_emptied BEFORE TRUNCATE ON activities_methodologystep
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER factor_is_not_emptied BEFORE TRUNCATE ON activities_factor
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
