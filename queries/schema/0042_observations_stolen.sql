-- Whether the hypervisor's theft of processor time is all that taints a run: then its times are too long by some times what its
-- event loop was late, but that it failed, or stood still, says as much as ever.
-- Params: none
-- Row:    none
ALTER TABLE observations
    ADD COLUMN IF NOT EXISTS stolen Bool,
    ADD COLUMN IF NOT EXISTS lag_ms Float32 CODEC(ZSTD(1))
