-- Made anew with stolen: see 0044_observations_feed.sql.
-- Params: none
-- Row:    none
DROP VIEW IF EXISTS observations_feed
