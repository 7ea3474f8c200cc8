-- Which steering decisions a message is about; empty where it is about incidents.
-- Params: none
-- Row:    none
ALTER TABLE deliveries ADD COLUMN IF NOT EXISTS decision_ids Array(UUID)
