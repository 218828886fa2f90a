/** A confusion matrix: scale, order of its classes, recall and precision. No page here. */

/** [K, K] whole numbers, rows true, columns said. */
export class Counts {
  readonly rows: number[]
  readonly columns: number[]
  constructor(
    readonly values: ArrayLike<number>,
    readonly K: number,
  ) {
    this.rows = Array.from({ length: K }, (_, i) => this.sum(j => [i, j]))
    this.columns = Array.from({ length: K }, (_, j) => this.sum(i => [i, j]))
  }
  private sum(cell: (n: number) => [number, number]): number {
    let total = 0
    for (let n = 0; n < this.K; n++) total += this.at(...cell(n))
    return total
  }
  at(i: number, j: number): number {
    return this.values[i * this.K + j]
  }
  /** Share of a class that is recognised; null when it has no images. */
  recall(i: number): number | null {
    return this.rows[i] > 0 ? this.at(i, i) / this.rows[i] : null
  }
  /** Share of what is called so that is so; null when nothing is. */
  precision(j: number): number | null {
    return this.columns[j] > 0 ? this.at(j, j) / this.columns[j] : null
  }
  /** The largest count off the diagonal: its cell, the first of equals; null when there are no mistakes. */
  get largestMistake(): [number, number] | null {
    let best: [number, number] | null = null
    for (let i = 0; i < this.K; i++)
      for (let j = 0; j < this.K; j++)
        if (i !== j && this.at(i, j) > (best ? this.at(...best) : 0)) best = [i, j]
    return best
  }
  get most(): number {
    let most = 0
    for (let n = 0; n < this.values.length; n++) most = Math.max(most, this.values[n])
    return most
  }
}

export type Order = 'given' | 'name' | 'similar'

/** Classes in the order to show them in. `similar`: those that are mixed up stand together. */
export function orderOf(counts: Counts, labels: readonly string[], order: Order): number[] {
  const all = labels.map((_, n) => n)
  if (order === 'name') return all.sort((a, b) => (labels[a] < labels[b] ? -1 : labels[a] > labels[b] ? 1 : a - b)) // prettier-ignore
  if (order === 'given' || all.length < 3) return all
  // Groups are joined by their mean mutual confusion, ends to the side where the neighbours are more alike.
  const alike = (a: number, b: number) => counts.at(a, b) + counts.at(b, a)
  let groups = all.map(n => [n])
  const between = (g: number[], q: number[]) =>
    g.reduce((s, a) => s + q.reduce((t, b) => t + alike(a, b), 0), 0) / (g.length * q.length)
  while (groups.length > 1) {
    let [x, y, best] = [0, 1, -1]
    for (let a = 0; a < groups.length; a++)
      for (let b = a + 1; b < groups.length; b++) {
        const s = between(groups[a], groups[b])
        if (s > best) [x, y, best] = [a, b, s]
      }
    const [g, q] = [groups[x], groups[y]]
    const ways = [
      [...g, ...q],
      [...g, ...[...q].reverse()],
      [...[...g].reverse(), ...q],
      [...q, ...g],
    ]
    const seam = (w: number[]) => {
      const cut = w.slice(0, g.length).every(n => g.includes(n)) ? g.length : q.length
      return alike(w[cut - 1], w[cut])
    }
    const joined = ways.reduce((a, b) => (seam(b) > seam(a) ? b : a))
    groups = groups.filter((_, n) => n !== x && n !== y)
    groups.splice(x, 0, joined)
  }
  return groups[0]
}
