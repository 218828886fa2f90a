/** What a branch does otherwise: learning rate, batch, seed. */
import { button, h } from '../../parts/index.ts'

export interface Changes {
  lr?: number
  batch?: number
  seed?: number
}

/** A row of fields; empty ones stay as they are. `start` is called with what was typed, or nothing on Esc. */
export function branchForm(
  where: string,
  rate: number | null,
  start: (changes: Changes | null) => void,
): HTMLElement {
  const field = (name: string, hint: string, value = '') =>
    h('input', {
      type: 'text',
      inputmode: 'decimal',
      'aria-label': name,
      placeholder: hint,
      size: 7,
      value,
    })
  const lr = field('learning rate', 'as before', rate === null ? '' : String(Number((rate / 10).toPrecision(3)))) // prettier-ignore
  const batch = field('batch', 'as before')
  const seed = field('seed', 'as before')
  const wrong = h('span', { class: 'ls-wrong', role: 'alert' })
  const go = () => {
    const changes: Changes = {}
    for (const [name, input, whole] of [
      ['lr', lr, false],
      ['batch', batch, true],
      ['seed', seed, true],
    ] as const) {
      const text = input.value.trim().replace('−', '-')
      if (!text) continue
      const v = Number(text)
      const least = name === 'batch' ? 1 : 0
      if (
        !Number.isFinite(v) ||
        v < least ||
        (whole && !Number.isInteger(v)) ||
        (name === 'lr' && v <= 0)
      ) {
        // prettier-ignore
        wrong.textContent = name === 'lr' ? 'a number above 0' : `a whole number from ${least}`
        input.focus()
        return
      }
      changes[name] = v
    }
    start(changes)
  }
  const form = h(
    'span',
    { class: 'ls-branch-form', role: 'group', 'aria-label': `branch from ${where}` },
    h('label', {}, 'learning rate ', lr),
    h('label', {}, 'batch ', batch),
    h('label', {}, 'seed ', seed),
    button('start', go),
    button('cancel', () => start(null)),
    wrong,
  )
  form.addEventListener('keydown', e => {
    if (e.key === 'Enter' && e.target instanceof HTMLInputElement) go()
    else if (e.key === 'Escape') start(null)
    else return
    e.preventDefault()
    e.stopPropagation()
  })
  return form
}
