/** Draws at most once a frame, however often it is asked to. */
export function createFrame(draw: () => void): { readonly request: () => void; readonly close: () => void } {
  let frame = 0
  const run = () => {
    frame = 0
    draw()
  }
  return {
    request: () => {
      if (frame === 0) frame = requestAnimationFrame(run)
    },
    close: () => cancelAnimationFrame(frame),
  }
}
