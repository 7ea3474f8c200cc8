/** Where a stream is on a node: addresses, or a name where there is none. */
export interface Place {
  readonly ipv4: readonly string[]
  readonly ipv6: readonly string[]
  /** The name in its URL, which is answered as a CNAME; `null`: it has addresses. */
  readonly host: string | null
}

/** The configuration of the DNS answerer. Names are in lower case, without the dot at the end. */
export interface DnsRules {
  readonly zone: string
  /** Where it listens, over UDP and TCP. Port 0: any that is free. */
  readonly addresses: readonly string[]
  readonly port: number
  readonly name_servers: readonly {
    readonly name: string
    readonly ipv4: readonly string[]
    readonly ipv6: readonly string[]
  }[]
  /** A mail address. */
  readonly contact: string
  readonly ttl_s: number
  /** Of how many nodes the addresses are told. */
  readonly nodes_count: number
  /** By full name: the nodes that have the stream. */
  readonly streams: ReadonlyMap<string, ReadonlyMap<string, Place>>
  /** Which resolvers are believed about whom they ask for: all, none, or those in these blocks. */
  readonly client_subnet: 'any' | 'off' | readonly string[]
  /** Answers over UDP to one network (/24, /56); 0: as many as it asks for. */
  readonly rate_per_s: number
}
