/** The still picture of a text coloured by a cell. */
import { Canvas, INK, INK2, PIN } from './canvas.ts'
import { drawBar, drawFoot, drawHead, footHeight, headWidth, MARGIN, tint } from './grid.ts'

export interface ReadingPicture {
  title: string
  shape: string
  from: string
  foot: string
  characters: readonly string[]
  values: ArrayLike<number>
  pin: number | null
}

/** Columns of a line, lines at most; width of a character and height of a line in picture pixels. */
const [COLUMNS, LINES, WIDTH, HEIGHT] = [84, 28, 8, 16]

export function drawReading(p: ReadingPicture): Canvas {
  const lines = broken(p.characters)
  const shown = lines.slice(0, LINES)
  const more = lines.length > LINES
  const width = Math.ceil(Math.max(headWidth(p.title, p.shape, p.from), 2 * MARGIN + COLUMNS * WIDTH)) // prettier-ignore
  const height = 36 + shown.length * HEIGHT + (more ? HEIGHT : 0) + 30 + footHeight(p.foot, width)
  const canvas = new Canvas(width, height)
  let y = drawHead(canvas, p.title, p.shape, p.from)
  // Tints stop half way up the ramp, so that the ink on them keeps its contrast.
  const scale = { ramp: 'diverging', lo: -2.7, hi: 2.7 } as const
  for (const line of shown) {
    line.forEach((t, column) => {
      const x = MARGIN + column * WIDTH
      const found = tint(scale, p.values[t])
      if (found) canvas.rect(x, y, WIDTH, HEIGHT - 2, found)
      const c = p.characters[t]
      if (c !== '\n' && c !== ' ')
        canvas.text(c, x + WIDTH / 2, y + 3, { align: 'middle', colour: INK })
      if (t === p.pin) canvas.box(x - 1, y - 1, WIDTH + 2, HEIGHT, PIN, 1.5)
    })
    y += HEIGHT
  }
  if (more) {
    canvas.text(`… and ${lines.length - LINES} more lines`, MARGIN, y + 3, { colour: INK2 })
    y += HEIGHT
  }
  drawBar(canvas, MARGIN, y + 8, 100, { ramp: 'diverging', lo: -1, hi: 1 }, 'tints kept light to read on') // prettier-ignore
  drawFoot(canvas, canvas.height - footHeight(p.foot, width), p.foot)
  return canvas
}

/** Places of the characters line by line: broken at line ends and, where it can be, at blanks. */
function broken(characters: readonly string[]): number[][] {
  const lines: number[][] = []
  let line: number[] = []
  const end = (): void => {
    lines.push(line)
    line = []
  }
  characters.forEach((c, t) => {
    line.push(t)
    if (c === '\n') return end()
    if (line.length < COLUMNS) return
    const blank = line.findLastIndex(i => characters[i] === ' ')
    const rest = blank > 0 ? line.splice(blank + 1) : []
    end()
    line = rest
  })
  if (line.length) end()
  return lines
}
