-- Nothing to take back: the columns go.
SELECT 1;
