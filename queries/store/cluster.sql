-- What a server knows of a cluster it is to be part of: replicas in all, those that would be sent every insert themselves
-- instead of leaving it to replication, and how many of the two macros this server has.
-- Params: cluster String
-- Row:    { replicas_count: number, unreplicated_count: number, macros_count: number }
SELECT
    count()                                                                       AS replicas_count,
    countIf(internal_replication = 0)                                             AS unreplicated_count,
    (SELECT count() FROM system.macros WHERE macro IN ('shard', 'replica'))       AS macros_count
FROM system.clusters
WHERE cluster = {cluster:String}
