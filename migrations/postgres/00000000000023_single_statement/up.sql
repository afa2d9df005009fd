-- A transaction of one statement undoes itself when an update in it found no row: it fails as a serialization failure
-- does, and is run again in several statements.
CREATE FUNCTION maru_some(rows bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF rows = 0 THEN
        RAISE EXCEPTION 'a guarded update found no row' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN rows;
END
$$;
