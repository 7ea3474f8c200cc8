import { MediaError } from '../../media/error.ts'

/** Ten hours of two-second segments, each with a date. Reading that many takes about a tenth of a second. */
const LINES_MAX = 50_000
/** Signed addresses take up to four kilobytes. */
const LINE_LENGTH_MAX = 16_384
/** Sound in every language there is, and more. */
const RENDITIONS_MAX = 500

const MEDIA_TAGS = new Set([
  '#EXT-X-TARGETDURATION',
  '#EXT-X-MEDIA-SEQUENCE',
  '#EXT-X-DISCONTINUITY-SEQUENCE',
  '#EXT-X-INDEPENDENT-SEGMENTS',
  '#EXT-X-SERVER-CONTROL',
  '#EXT-X-PART-INF',
  '#EXT-X-SKIP',
  '#EXT-X-ENDLIST',
  '#EXT-X-BYTERANGE',
  '#EXT-X-DISCONTINUITY',
  '#EXT-X-PROGRAM-DATE-TIME',
  '#EXT-X-GAP',
  '#EXT-X-KEY',
  '#EXT-X-MAP',
  '#EXT-X-PART',
])

/**
 * A playlist cut down to the lines this agent goes by, in the form the parser reads them in. Everything else is
 * left out for its cost: date ranges, session data and variants are compared each with each, which takes the parser
 * half a minute and more for a megabyte of them; and titles outside ASCII, which it takes for broken escapes.
 *
 * @throws MediaError for more lines, or longer ones, than anybody sends
 */
export function essentialLines(text: string): string {
  const kept: string[] = []
  let variants = 0
  let renditions = 0
  let keys = 0
  /** Whether the next address is one of a variant left out. */
  let leaveOut = false
  for (const raw of linesOf(text)) {
    const line = raw.trim()
    if (line === '') continue
    if (line.length > LINE_LENGTH_MAX)
      throw new MediaError(`a playlist with a line of ${line.length} characters`)
    if (!line.startsWith('#')) {
      if (!leaveOut) kept.push(line)
      leaveOut = false
    } else if (line.startsWith('#EXT')) {
      const name = line.split(':', 1)[0] ?? ''
      if (name === '#EXTM3U') kept.push(name)
      else if (name === '#EXTINF') kept.push(`${line.split(',', 1)[0]},`)
      else if (name === '#EXT-X-STREAM-INF') {
        leaveOut = variants++ > 0
        if (!leaveOut) kept.push(quotable(line))
      } else if (name === '#EXT-X-MEDIA') {
        if (++renditions > RENDITIONS_MAX)
          throw new MediaError(`a playlist of more than ${RENDITIONS_MAX} renditions`)
        kept.push(quotable(line))
      } else if (name === '#EXT-X-SESSION-KEY') {
        if (keys++ === 0) kept.push(quotable(line))
      } else if (MEDIA_TAGS.has(name)) kept.push(quotable(line))
    }
    if (kept.length > LINES_MAX) throw new MediaError(`a playlist of more than ${LINES_MAX} lines`)
  }
  return kept.join('\n')
}

/** The parser counts apostrophes as quotes. In an address, %27 means the same; nothing else is looked at. */
function quotable(line: string): string {
  return line.includes("'") ? line.replaceAll("'", '%27') : line
}

function* linesOf(text: string): Generator<string> {
  for (let from = 0; from <= text.length; ) {
    const end = text.indexOf('\n', from)
    yield text.slice(from, end === -1 ? text.length : end)
    if (end === -1) return
    from = end + 1
  }
}
