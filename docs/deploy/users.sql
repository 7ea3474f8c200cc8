-- Two users with the least each needs: streamgauge_owner runs `streamgauge-collector migrate`, streamgauge runs `serve`.
-- On a cluster write ON CLUSTER 'main' after each name that is made, and keep the part at the end.
CREATE DATABASE IF NOT EXISTS streamgauge;

CREATE USER IF NOT EXISTS streamgauge_owner IDENTIFIED WITH sha256_password BY 'change me' HOST ANY;
GRANT SELECT, INSERT, ALTER TABLE, ALTER VIEW, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, TRUNCATE ON streamgauge.* TO streamgauge_owner;
GRANT SELECT ON system.tables TO streamgauge_owner;
GRANT SELECT ON system.columns TO streamgauge_owner;

CREATE USER IF NOT EXISTS streamgauge IDENTIFIED WITH sha256_password BY 'change me too' HOST ANY;
GRANT SELECT, INSERT ON streamgauge.* TO streamgauge;
GRANT SELECT ON system.tables TO streamgauge;
GRANT SELECT ON system.columns TO streamgauge;
-- A day is rolled up beside its place and then put there.
GRANT TRUNCATE ON streamgauge.rollup_day_next TO streamgauge;
GRANT ALTER DELETE ON streamgauge.rollup_day TO streamgauge;
-- Only where the collector is to set how long data is kept (see "Retention").
GRANT ALTER TTL, ALTER SETTINGS ON streamgauge.* TO streamgauge;

-- On a cluster besides: Distributed tables are connections to other servers, and both look at what the cluster is.
GRANT CLUSTER, REMOTE ON *.* TO streamgauge_owner;
GRANT CLUSTER, REMOTE ON *.* TO streamgauge;
GRANT TRUNCATE ON streamgauge.rollup_day_next_local TO streamgauge;
GRANT ALTER DELETE ON streamgauge.rollup_day_local TO streamgauge;
GRANT SELECT ON system.clusters TO streamgauge_owner;
GRANT SELECT ON system.macros TO streamgauge_owner;
GRANT SELECT ON system.clusters TO streamgauge;
GRANT SELECT ON system.macros TO streamgauge;
