DROP TRIGGER claim_is_allowed ON activities_claim;
DROP FUNCTION guard_claim();
DROP FUNCTION refuse_claim(uuid, uuid, text);
DROP TRIGGER claim_is_not_emptied ON activities_claim;
DROP TRIGGER claim_is_append_only ON activities_claim;
