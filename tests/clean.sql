-- Puts the test database back to what it held after `migrate`, in one call. Only tables that have rows cost anything.
CREATE SCHEMA kept;

CREATE FUNCTION kept.tables() RETURNS SETOF pg_class LANGUAGE sql STABLE AS $$
    SELECT * FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'django_migrations'
    ORDER BY relname
$$;

CREATE FUNCTION kept.has_rows(one regclass, OUT answer boolean) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one) INTO answer;
END $$;

-- Columns that the database does not compute itself.
CREATE FUNCTION kept.columns(one oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = one AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
$$;

CREATE FUNCTION kept.remember() RETURNS void LANGUAGE plpgsql AS $$
DECLARE one pg_class;
BEGIN
    FOR one IN SELECT * FROM kept.tables() LOOP
        IF kept.has_rows(one.oid) THEN
            EXECUTE format('CREATE TABLE kept.%I AS SELECT %s FROM public.%1$I', one.relname, kept.columns(one.oid));
        END IF;
    END LOOP;
END $$;

-- As a replica, so that neither foreign keys nor the triggers of append-only tables are in the way.
CREATE FUNCTION kept.restore() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
DECLARE one pg_class;
BEGIN
    FOR one IN SELECT * FROM kept.tables() LOOP
        IF pg_relation_size(one.oid) > 4194304 THEN
            EXECUTE format('TRUNCATE public.%I CASCADE', one.relname);
        ELSIF kept.has_rows(one.oid) THEN
            EXECUTE format('DELETE FROM public.%I', one.relname);
        END IF;
    END LOOP;
    FOR one IN SELECT * FROM pg_class WHERE relnamespace = 'kept'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('INSERT INTO public.%I (%s) SELECT * FROM kept.%1$I', one.relname, kept.columns(one.oid));
    END LOOP;
END $$;

SELECT kept.remember();
