import manifest from '../package.json' with { type: 'json' }

/** This program's version, as records carry it. */
export const AGENT_VERSION: string = manifest.version

/** What servers see in their logs. */
export const USER_AGENT = `streamgauge-agent/${AGENT_VERSION}`
