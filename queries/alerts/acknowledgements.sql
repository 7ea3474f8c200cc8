-- Who looks after which incident, since when.
-- Params: from DateTime64(3, 'UTC')   acknowledged at or after this
-- Row:    Acknowledgement
SELECT
    incident_id,
    max(acknowledgements.at) AS at,
    argMax(acknowledgements.by, acknowledgements.at) AS by,
    argMax(acknowledgements.note, acknowledgements.at) AS note
FROM acknowledgements
WHERE acknowledgements.at >= {from:DateTime64(3, 'UTC')}
GROUP BY incident_id
