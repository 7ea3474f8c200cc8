-- Whether the hypervisor's theft of processor time is all that taints a run: then its times say little, but that it failed, or
-- stood still, says as much as ever.
-- Params: none
-- Row:    none
ALTER TABLE observations ADD COLUMN IF NOT EXISTS stolen Bool AFTER tainted
