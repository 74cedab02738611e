DROP FUNCTION dashboard_place(text, date, uuid, text, boolean, boolean);
