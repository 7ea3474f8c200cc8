import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forCluster } from '@streamgauge/collector/store/cluster/rewrite.ts'

const place = { cluster: 'main', database: 'sg' }

/** Spaces and line ends do not count. */
const flat = (statements: readonly string[]) => statements.map((text) => text.replace(/\s+/g, ' ').trim())

const rewritten = (statement: string) => flat(forCluster(statement, place))

test('a table becomes a Replicated one and a Distributed one over it', () => {
  const statement = `-- What it holds; a comment with 'quotes' and ENGINE = None.
-- Params: none
-- Row:    none
CREATE TABLE IF NOT EXISTS runs
(
    agent_id LowCardinality(String),
    at       DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)), -- ENGINE = of another kind
    note     String DEFAULT 'SETTINGS (',
    INDEX by_note note TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(at)
ORDER BY (at, agent_id)
TTL toDateTime(at) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 500, ttl_only_drop_parts = 1`
  assert.deepEqual(rewritten(statement), [
    "CREATE TABLE IF NOT EXISTS sg.runs_local ON CLUSTER 'main' ( agent_id LowCardinality(String), " +
      "at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)), -- ENGINE = of another kind note String DEFAULT 'SETTINGS (', " +
      'INDEX by_note note TYPE bloom_filter(0.01) GRANULARITY 1 ) ' +
      "ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/runs_local', '{replica}') " +
      'PARTITION BY toDate(at) ORDER BY (at, agent_id) TTL toDateTime(at) + INTERVAL 30 DAY ' +
      'SETTINGS replicated_deduplication_window = 500, replicated_deduplication_window_seconds = 604800, ' +
      'replicated_deduplication_window_for_async_inserts = 500, ' +
      'replicated_deduplication_window_seconds_for_async_inserts = 604800, ttl_only_drop_parts = 1',
    "CREATE TABLE IF NOT EXISTS sg.runs ON CLUSTER 'main' AS sg.runs_local " +
      "ENGINE = Distributed('main', 'sg', 'runs_local', cityHash64(agent_id))",
  ])
})

test('what an engine is given comes after where its replicas meet', () => {
  const [local = ''] = rewritten(
    'CREATE TABLE t (a UInt8, v UInt8) ENGINE = ReplacingMergeTree(v) ORDER BY a',
  )
  assert.ok(
    local.endsWith(
      "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/t_local', '{replica}', v) ORDER BY a",
    ),
    local,
  )
})

test('rows without an agent are spread by the first column of the order', () => {
  const table = (columns: string) =>
    rewritten(`CREATE TABLE t (${columns}) ENGINE = MergeTree ORDER BY (k, v)`)[1]
  assert.ok(table('k String, v UInt8')?.endsWith('cityHash64(k))'))
  // An integer is needed; the hash of a null is none.
  assert.ok(table('k String, v UInt8, agent_id   Nullable(String)')?.endsWith('cityHash64(k))'))
  assert.ok(table('k String, other_agent_id String')?.endsWith('cityHash64(k))'))
})

test('a materialized view goes from local table to local table, and names keep their meaning', () => {
  const statement = `CREATE MATERIALIZED VIEW IF NOT EXISTS feed TO rollup AS
WITH recent AS (SELECT a FROM other WHERE a > 1)
SELECT measurements.a, count() AS n FROM measurements
LEFT JOIN nodes AS n ON n.a = measurements.a
WHERE a IN (SELECT a FROM recent) AND text != ' FROM measurements'
GROUP BY a`
  assert.deepEqual(rewritten(statement), [
    "CREATE MATERIALIZED VIEW IF NOT EXISTS sg.feed ON CLUSTER 'main' TO sg.rollup_local AS " +
      'WITH recent AS (SELECT a FROM sg.other_local AS other WHERE a > 1) ' +
      'SELECT measurements.a, count() AS n FROM sg.measurements_local AS measurements ' +
      'LEFT JOIN sg.nodes_local AS n ON n.a = measurements.a ' +
      "WHERE a IN (SELECT a FROM recent) AND text != ' FROM measurements' GROUP BY a",
  ])
})

test('a view reads the Distributed tables', () => {
  assert.deepEqual(rewritten('CREATE VIEW IF NOT EXISTS v AS SELECT a FROM t'), [
    "CREATE VIEW IF NOT EXISTS sg.v ON CLUSTER 'main' AS SELECT a FROM t",
  ])
})

test('columns change in both tables, how they are kept in the local one', () => {
  const statement = `ALTER TABLE t
    ADD COLUMN IF NOT EXISTS a Nullable(UInt32) CODEC(T64, ZSTD(1)) AFTER b,
    ADD INDEX by_a a TYPE minmax GRANULARITY 1,
    MODIFY SETTING non_replicated_deduplication_window = 7, ttl_only_drop_parts = 1,
    DROP COLUMN IF EXISTS c,
    MODIFY TTL toDateTime(at) + INTERVAL 30 DAY`
  assert.deepEqual(rewritten(statement), [
    "ALTER TABLE sg.t_local ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS a Nullable(UInt32) CODEC(T64, ZSTD(1)) AFTER b, " +
      'ADD INDEX by_a a TYPE minmax GRANULARITY 1, MODIFY SETTING replicated_deduplication_window = 7, ' +
      'replicated_deduplication_window_seconds = 604800, replicated_deduplication_window_for_async_inserts = 7, ' +
      'replicated_deduplication_window_seconds_for_async_inserts = 604800, ttl_only_drop_parts = 1, ' +
      'DROP COLUMN IF EXISTS c, MODIFY TTL toDateTime(at) + INTERVAL 30 DAY',
    "ALTER TABLE sg.t ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS a Nullable(UInt32) CODEC(T64, ZSTD(1)) AFTER b, " +
      'DROP COLUMN IF EXISTS c',
  ])
  assert.equal(rewritten('ALTER TABLE t MODIFY TTL toDateTime(at) + INTERVAL 30 DAY').length, 1)
})

test('a day that takes the place of another comes from the local table beside it', () => {
  assert.deepEqual(rewritten("ALTER TABLE t REPLACE PARTITION '2026-11-22' FROM t_next"), [
    "ALTER TABLE sg.t_local ON CLUSTER 'main' REPLACE PARTITION '2026-11-22' FROM sg.t_next_local " +
      'SETTINGS allow_replace_partition_from_empty_source = 1',
  ])
})

test('a fill runs once, through the Distributed tables; its table is emptied on every server', () => {
  assert.deepEqual(rewritten('INSERT INTO t SELECT a FROM s'), ['INSERT INTO t SELECT a FROM s'])
  assert.deepEqual(rewritten('TRUNCATE TABLE t'), ["TRUNCATE TABLE sg.t_local ON CLUSTER 'main' SYNC"])
})

test('what is dropped goes from every server, with what it wrote to Keeper', () => {
  assert.deepEqual(rewritten('DROP VIEW IF EXISTS v'), ["DROP VIEW IF EXISTS sg.v ON CLUSTER 'main' SYNC"])
  assert.deepEqual(rewritten('DROP TABLE IF EXISTS t'), [
    "DROP TABLE IF EXISTS sg.t ON CLUSTER 'main' SYNC",
    "DROP TABLE IF EXISTS sg.t_local ON CLUSTER 'main' SYNC",
  ])
})

for (const statement of [
  'DROP DATABASE d',
  'CREATE TABLE t (a UInt8) ENGINE = Memory',
  "CREATE TABLE t (a UInt8) ENGINE = ReplicatedMergeTree('/x', 'y') ORDER BY a",
  'CREATE TABLE t AS s',
  'CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY tuple()',
  'CREATE MATERIALIZED VIEW v ENGINE = MergeTree ORDER BY a AS SELECT a FROM t',
  'CREATE MATERIALIZED VIEW v TO t (a UInt8) AS SELECT a FROM s',
  'CREATE MATERIALIZED VIEW v TO t AS SELECT a FROM other.s',
]) {
  test(`refused, because it has no form on a cluster: ${statement}`, () => {
    assert.throws(() => forCluster(statement, place), { code: 'CLUSTER_STATEMENT' })
  })
}
