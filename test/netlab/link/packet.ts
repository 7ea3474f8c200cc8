const UDP = 17

/** Whether an IP packet carries UDP (RFC 791, RFC 8200). IPv6 extension headers are not looked behind. */
export function isUdp(packet: Uint8Array, length_bytes: number): boolean {
  return version(packet) === 6
    ? length_bytes >= 40 && packet[6] === UDP
    : length_bytes >= 20 && packet[9] === UDP
}

/** Whether an IP packet is addressed to 224.0.0.0/4 or ff00::/8. */
export function isMulticast(packet: Uint8Array, length_bytes: number): boolean {
  if (version(packet) === 6) return length_bytes >= 40 && packet[24] === 0xff
  return length_bytes >= 20 && (packet[16] ?? 0) >> 4 === 0xe
}

function version(packet: Uint8Array): number {
  return (packet[0] ?? 0) >> 4
}
