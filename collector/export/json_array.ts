const LINE_FEED = 0x0a

/** Lines of JSON as one array, a record a line. A line feed never stands within JSON's strings. */
export async function* jsonArray(lines: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let before = '[\n'
  for await (const chunk of lines) {
    let text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const parts: Buffer[] = []
    while (text.length > 0) {
      const end = text.indexOf(LINE_FEED)
      const line = end < 0 ? text : text.subarray(0, end)
      if (line.length > 0) parts.push(Buffer.from(before), line)
      before = end < 0 ? '' : ',\n'
      text = end < 0 ? text.subarray(text.length) : text.subarray(end + 1)
    }
    if (parts.length > 0) yield Buffer.concat(parts)
  }
  yield Buffer.from(before === '[\n' ? '[]\n' : '\n]\n')
}
