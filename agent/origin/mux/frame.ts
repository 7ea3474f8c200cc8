/** One frame to be muxed; `ticks` is its decode time on the 90 kHz clock. */
export interface MuxFrame {
  readonly track: 'video' | 'audio'
  readonly ticks: number
  readonly key: boolean
  /** NAL units after their lengths, or a raw AAC frame. */
  readonly payload: Uint8Array
}
