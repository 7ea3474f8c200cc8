import { LOCK_TIMING, takeMigrationLock } from '@streamgauge/collector/store/migration_lock.ts'
import { openStore } from '@streamgauge/collector/store/store.ts'

/** A process that takes the migration lock of a server, says so, and keeps it until it is killed. */
const [url = ''] = process.argv.slice(2)
await takeMigrationLock(openStore({ url }), { ...LOCK_TIMING, beatMs: 50 })
process.send?.('taken')
