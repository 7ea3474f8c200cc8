-- Incidents are made anew, with all that their scope names and their evidence: see 0036_incidents.sql. Nothing wrote any before.
-- Params: none
-- Row:    none
DROP TABLE IF EXISTS incidents
