import { type Static, Type } from 'typebox'
import { Country } from './words.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()])

/** `GET /v1/locate`: whose address it is, and how well that is known. */
export const Located = Type.Object(
  {
    /** The address that was looked up: of one that holds an IPv4 address, that one. */
    ip: Type.String(),
    /** Of what kind an address is that belongs to nobody, as `private`; `null`: it may belong to somebody. */
    reserved: nullable(Type.String()),
    country: nullable(Country),
    asn: nullable(Type.Integer({ minimum: 0 })),
    /** As the autonomous system is registered. */
    as_name: nullable(Type.String()),
    /** The ISP as people know it; of a network that is not in the table, its registered name. */
    isp: nullable(Type.String()),
    /** Where the ISP is from: the configuration, the user's own file, or the data shipped with the collector. */
    source: nullable(Type.Union([Type.Literal('override'), Type.Literal('file'), Type.Literal('shipped')])),
    /**
     * `high`: an override, or an ISP of the table in a country it is of; `low`: a registered name, or an ISP of the table in
     * another country; `null`: nothing is known.
     */
    confidence: nullable(Type.Union([Type.Literal('high'), Type.Literal('low')])),
  },
  { additionalProperties: false },
)
export type Located = Static<typeof Located>
