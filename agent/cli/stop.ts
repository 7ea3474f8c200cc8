/** Resolves on SIGINT, on SIGTERM, or when the process that started this one is gone. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
    if (process.connected) process.once('disconnect', () => resolve())
  })
}
