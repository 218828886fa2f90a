// What the figures are held against.

/** Best of the contenders whose names begin so; NaN where none ran. */
function best(row, start, threads) {
  const times = row.results
    .filter(r => r.name.startsWith(start) && (!threads || r.name.includes(`, ${threads} thread`)))
    .map(r => r.ms)
  return times.length ? Math.min(...times) : NaN
}

/**
 * @param {{ table: { id: string, mflop: number, results: { name: string, ms: number }[] }[], peak: number, units: { bits: number } }} figures
 *   `peak` in GFLOP/s a thread
 * @returns {{ what: string, value: string, bar: string, met: boolean }[]} bars whose contenders ran
 */
export function barsOf({ table, peak, units }) {
  const out = []
  const atLeast = (what, value, bar, unit) =>
    Number.isFinite(value) &&
    out.push({ what, value: value.toFixed(2) + unit, bar: `≥ ${bar}${unit}`, met: value >= bar })
  const atMost = (what, value, bar, unit) =>
    Number.isFinite(value) &&
    out.push({ what, value: value.toFixed(2) + unit, bar: `≤ ${bar}${unit}`, met: value <= bar })
  for (const row of table) {
    const { id, mflop } = row
    const ours = n => best(row, 'layerscope', n)
    const torch = n => best(row, 'PyTorch', n)
    const share = n => (100 * mflop) / ours(n) / peak / n
    if (id === 'W1') atLeast('W1, share of the peak', share(1), 80, ' %')
    if (id === 'W3') {
      for (const n of [1, 2]) {
        atLeast(`W3, ${n} thread(s), share of the peak`, share(n), 65, ' %')
        const bar = (units.bits === 512 ? [3.2, 2.2] : [2, 1])[n - 1]
        atMost(`W3, ${n} thread(s), of PyTorch's best`, ours(n) / torch(n), bar, ' ×')
      }
      atLeast('W3, two threads against one', ours(1) / ours(2), 1.8, ' ×')
    }
    if (id === 'W4') {
      atMost("W4, 2 threads, of PyTorch's best", ours(2) / torch(2), 2.2, ' ×')
      atLeast('W4, 2 threads, ahead of tfjs', best(row, 'tfjs') / ours(2), 1.5, ' ×')
    }
    if (id === 'W5f') atLeast('W5 forward, share of the peak', share(1), 140, ' %')
    if (id === 'W5b') atLeast('W5 with backward, share of the peak', share(1), 100, ' %')
    if (id === 'W6r') atLeast('W6 RNN, share of the peak', share(1), 55, ' %')
    if (id === 'W6l') atLeast('W6 LSTM, share of the peak', share(1), 55, ' %')
    if (id === 'W6s')
      for (const n of [1, 2])
        atMost(`W6 student's loop, ${n} thread(s), of PyTorch`, ours(n) / torch(n), 2.5, ' ×')
    if (id === 'add') atMost('add 4×4, of PyTorch', ours(1) / torch(1), 0.7, ' ×')
    if (id === 'addb') atMost('add 4×4 tracked, of PyTorch', ours(1) / torch(1), 1, ' ×')
  }
  return out
}
