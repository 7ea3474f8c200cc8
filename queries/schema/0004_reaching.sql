-- What it took to reach a target: redirects before the answer, what the path did to TCP, and whether HTTP/3 could have
-- been discovered.
-- Params: none
-- Row:    none
ALTER TABLE measurements
    ADD COLUMN IF NOT EXISTS redirect_ms Nullable(Float64) CODEC(ZSTD(1)) AFTER received_at,
    ADD COLUMN IF NOT EXISTS redirect_count Nullable(UInt32) CODEC(T64, ZSTD(1)) AFTER redirect_ms,
    ADD COLUMN IF NOT EXISTS out_of_order_count Nullable(UInt32) CODEC(T64, ZSTD(1)) AFTER loss_ratio,
    ADD COLUMN IF NOT EXISTS ecn Nullable(Bool) AFTER out_of_order_count,
    ADD COLUMN IF NOT EXISTS http3_advertised LowCardinality(Nullable(String)) AFTER ecn
