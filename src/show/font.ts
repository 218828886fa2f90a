/**
 * Letters for pictures, 5 wide and 7 high (descenders: 9), proportional. Each glyph is its rows from the top, one digit
 * of base 32 a row, the highest bit at the left.
 */
// prettier-ignore
const GLYPHS: Readonly<Record<string, string>> = {
  ' ': '0000000', '!': '4444404', '"': 'AA00000', '#': '0AVAVA0', '$': '4FKE5U4', '%': 'OP248J3',
  '&': 'CIICLID', "'": '4400000', '(': '2488842', ')': '8422248', '*': '04LEL40', '+': '044V440',
  ',': '00000448', '-': '000E000', '.': '0000004', '/': '01248G0', '0': 'EHHHHHE',
  '1': '4C4444E', '2': 'EH1248V', '3': 'EH161HE', '4': '26AIV22', '5': 'VGU11HE', '6': '68GUHHE',
  '7': 'V124888', '8': 'EHHEHHE', '9': 'EHHF12C', ':': '0040040', ';': '00400448',
  '<': '0248420', '=': '00V0V00', '>': '0842480', '?': 'EH12404', '@': 'EHNLNGE', 'A': '4AHHVHH',
  'B': 'UHHUHHU', 'C': 'EHGGGHE', 'D': 'SIHHHIS', 'E': 'VGGUGGV', 'F': 'VGGUGGG', 'G': 'EHGNHHF',
  'H': 'HHHVHHH', 'I': 'E44444E', 'J': '72222IC', 'K': 'HIKOKIH', 'L': 'GGGGGGV', 'M': 'HRLLHHH',
  'N': 'HHPLJHH', 'O': 'EHHHHHE', 'P': 'UHHUGGG', 'Q': 'EHHHLID', 'R': 'UHHUKIH', 'S': 'FGGE11U',
  'T': 'V444444', 'U': 'HHHHHHE', 'V': 'HHHHHA4', 'W': 'HHHLLLA', 'X': 'HHA4AHH', 'Y': 'HHHA444',
  'Z': 'V1248GV', '[': 'E88888E', '\\': '0G84210', ']': 'E22222E', '^': '4AH0000',
  '_': '0000000V', '`': '8400000', 'a': '00E1FHF', 'b': 'GGUHHHU', 'c': '00FGGGF',
  'd': '11FHHHF', 'e': '00EHVGE', 'f': '698S888', 'g': '00FHHHF1E', 'h': 'GGUHHHH',
  'i': '40C444E', 'j': '2062222IC', 'k': 'GGIKOKI', 'l': 'C44444E', 'm': '00QLLLL',
  'n': '00UHHHH', 'o': '00EHHHE', 'p': '00UHHHUGG', 'q': '00FHHHF11', 'r': '00MPGGG',
  's': '00FGE1U', 't': '88S8896', 'u': '00HHHHF', 'v': '00HHHA4', 'w': '00HHLLA', 'x': '00HA4AH',
  'y': '00HHHHF1E', 'z': '00V248V', '{': '6448446', '|': '444444444', '}': 'C44244C',
  '~': '008L200', '−': '000V000', '×': '00HA4AH', '·': '0004000', '…': '000000L', '′': '2480000',
  '≠': '02V4V80', '→': '042V240', '←': '048V840',
  '²': 'O48S000', '∞': '000ALA0', '–': '000V000', '°': '4A40000',
  '’': '4480000', '‘': '8440000', '“': '5AA0000', '”': 'AAK0000', '—': '000V000',
  '⊙': '0EHLHE0', 'Σ': 'VG848GV',
}

export const ASCENT = 7
export const DESCENT = 2

interface Glyph {
  /** Rows of bits, the leftmost used column at bit `width − 1`. */
  rows: readonly number[]
  width: number
}

const cache = new Map<string, Glyph>()

/** A letter; the replacement for one that is not drawn is a small box. */
export function glyph(letter: string): Glyph {
  let found = cache.get(letter)
  if (found) return found
  const rows = [...(GLYPHS[letter] ?? 'VHHHHHV')].map(digit => parseInt(digit, 32))
  const used = rows.reduce((a, b) => a | b, 0)
  // Figures keep one width, so that columns of numbers stand under each other.
  const fixed = /[0-9]/.test(letter)
  const right = fixed || used === 0 ? 0 : Math.log2(used & -used)
  const left = fixed ? 5 : used === 0 ? 3 : 32 - Math.clz32(used)
  found = { rows: rows.map(row => row >> right), width: left - right }
  cache.set(letter, found)
  return found
}

/** Width of a line of text in pixels. */
export function textWidth(text: string): number {
  let width = 0
  for (const letter of text) width += glyph(letter).width + 1
  return Math.max(0, width - 1)
}
