import type { SteeringCell } from '@streamgauge/contract'

/** A fleet whose `steering.dns` is `dns`: fra has addresses in its URLs, sin beside them, sto has a name; `side` is on sin alone. */
export function configWith(dns: string, more = ''): string {
  return `nodes:
  - {node_id: fra, name: Frankfurt, kind: center, country: DE, latitude: 50.1, longitude: 8.7}
  - {node_id: sin, name: Singapore, kind: center, country: SG, latitude: 1.35, longitude: 103.8}
  - {node_id: sto, name: Stockholm, kind: center, country: SE, latitude: 59.3, longitude: 18.1}
targets:
  - {target_id: fra-tcp, url: 'https://192.0.2.10/live/main.flv', node_id: fra, stream_id: main, transport: tcp, format: flv}
  - {target_id: fra-quic, url: 'https://[2001:db8::10]/live/main.flv', node_id: fra, stream_id: main, transport: quic, format: flv}
  - {target_id: fra-own, url: 'https://192.0.2.99/live/main.flv', node_id: fra, stream_id: main, route: dedicated, transport: tcp, format: flv}
  - {target_id: sin-tcp, url: 'https://sin.example/live/main.flv', address: 192.0.2.20, node_id: sin, stream_id: main, transport: tcp, format: flv}
  - {target_id: side, url: 'https://192.0.2.21/live/side.m3u8', node_id: sin, stream_id: side, transport: tcp, format: hls}
  - {target_id: sto-tcp, url: 'https://sto.cdn.example:8443/live/main.flv', node_id: sto, stream_id: main, transport: tcp, format: flv}
agents:
  - {agent_id: th-1, country: TH, isp: AIS, latitude: 13.7, longitude: 100.5}
  - {agent_id: de-1, country: DE, isp: DT, latitude: 52.5, longitude: 13.4}
locate:
  - {cidr: 198.51.100.0/24, country: TH, isp: AIS}
  - {cidr: "2001:db8:aa::/48", country: TH, isp: AIS}
  - {cidr: 127.0.0.0/8, country: DE, isp: DT}
steering:
  dns: ${dns}
${more}`
}

/** Germany's one cell, sent to these nodes in this order; those in capitals are ill. */
export function cellsOf(...nodes: readonly string[]): SteeringCell[] {
  const targets = nodes.map((node) => ({
    ...{ node_id: node.toLowerCase(), cost: 0, ill: node !== node.toLowerCase(), same_isp: false },
    ...{ distance_km: null, expected: null },
  }))
  return [{ country: 'DE', isp: 'DT', decision_id: null, since: null, pinned: false, targets }]
}
