/** Resolves at SIGINT, SIGTERM, or when the parent that holds our IPC channel is gone. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => resolve()
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    if (process.channel) process.once('disconnect', stop)
  })
}
