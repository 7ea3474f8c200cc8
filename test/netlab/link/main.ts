import { relay } from './relay.ts'

relay(JSON.parse(process.argv[2] ?? '{}'))
