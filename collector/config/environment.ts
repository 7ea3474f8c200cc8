import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { StartError } from '../error.ts'
import { DEFAULT_RETENTION } from '../store/retention.ts'

const port = (value: number) => Type.Integer({ minimum: 0, maximum: 65_535, default: value })
const token = () => Type.String({ minLength: 1, maxLength: 512, pattern: '^[!-~]+$' })

const days = (value: number) => Type.Integer({ minimum: 1, maximum: 36_500, default: value })

/** Everything the collector reads from the environment. */
export const Environment = Type.Object({
  PORT: port(8080),
  HOST: Type.String({ minLength: 1, default: '127.0.0.1' }),
  DATA_DIR: Type.String({ minLength: 1, default: './data' }),
  /** Path of the YAML configuration; unset: no nodes, no targets. */
  CONFIG: Type.Optional(Type.String({ minLength: 1 })),
  /** Unset: one is made at first start and kept in DATA_DIR/admin-token. */
  ADMIN_TOKEN: Type.Optional(token()),
  /** A token with role `agent` that any agent may use. */
  AGENT_TOKEN: Type.Optional(token()),
  /** Unset: the embedded engine, in DATA_DIR/clickhouse. */
  CLICKHOUSE_URL: Type.Optional(Type.String({ pattern: '^https?://' })),
  /** These may stand in the URL instead; a password in a file, without the line end, is out of sight of `ps` and `env`. */
  CLICKHOUSE_USER: Type.Optional(Type.String({ minLength: 1 })),
  CLICKHOUSE_PASSWORD: Type.Optional(Type.String()),
  CLICKHOUSE_PASSWORD_FILE: Type.Optional(Type.String({ minLength: 1 })),
  CLICKHOUSE_DATABASE: Type.Optional(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' })),
  /** The cluster, by its name in the servers' configuration, that the tables are on; unset: one server. */
  CLICKHOUSE_CLUSTER: Type.Optional(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_-]*$' })),
  /** PEM files. A certificate of the collector's own takes the place of the password. */
  CLICKHOUSE_CA_FILE: Type.Optional(Type.String({ minLength: 1 })),
  CLICKHOUSE_CERT_FILE: Type.Optional(Type.String({ minLength: 1 })),
  CLICKHOUSE_KEY_FILE: Type.Optional(Type.String({ minLength: 1 })),
  /** How many days single runs, minutes, and hours and days are kept. An older run is not taken. */
  RETENTION_RAW_DAYS: days(DEFAULT_RETENTION.raw),
  RETENTION_MINUTE_DAYS: days(DEFAULT_RETENTION.minute),
  RETENTION_HOUR_DAYS: days(DEFAULT_RETENTION.hour),
  /** Files in MaxMind's format that know better whose an address is than the shipped data: networks, and countries. */
  LOCATE_ASN_MMDB: Type.Optional(Type.String({ minLength: 1 })),
  LOCATE_COUNTRY_MMDB: Type.Optional(Type.String({ minLength: 1 })),
  /** Proxies that are believed when they say for whom they ask (X-Forwarded-For): addresses and blocks, with commas between. */
  TRUSTED_PROXIES: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F.:/, ]+$' })),
  /** Whether this collector looks for anomalies. Of several that share a store, one does. */
  DETECT: Type.Union([Type.Literal('on'), Type.Literal('off')], { default: 'on' }),
  /** How long a round of detection is, in s; unset: as often as the agents measure, but no shorter than 10 s, no longer than 300. */
  DETECT_ROUND_S: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600 })),
  LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info' },
  ),
  /** `start` only: the port of the local origin, and where this machine is: `SG,Singtel,1.35,103.82`. */
  ORIGIN_PORT: port(8443),
  LOCATION: Type.Optional(Type.String({ minLength: 1 })),
  /** `start` only: the agent's program, when it is not beside the collector. */
  STREAMGAUGE_AGENT: Type.Optional(Type.String({ minLength: 1 })),
})
export type Environment = Static<typeof Environment>

const validator = Compile(Environment)

/** Reads the environment; an empty variable counts as unset. Throws `ENVIRONMENT_INVALID`, never showing a token. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const given = Object.keys(Environment.properties).flatMap((name) => {
    const value = env[name]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  const value = Value.Convert(Environment, Value.Default(Environment, Object.fromEntries(given)))
  if (validator.Check(value)) return value
  const [first] = validator.Errors(value)
  const name = first?.instancePath.slice(1) ?? ''
  throw new StartError('ENVIRONMENT_INVALID', `${name} ${first?.message ?? 'is not valid'}`)
}
