// What the processor's vector units are, as far as it tells: the bars against PyTorch depend on it.
import { readFileSync } from 'node:fs'

/**
 * Width of the floating-point units in bits. AVX-512 does not say it: Zen 4 computes its instructions in two halves, on units
 * of 256 bits, and so do processors without it.
 * @returns {{ bits: 128 | 256 | 512, text: string }}
 */
export function vectorUnits() {
  let info = ''
  try {
    info = readFileSync('/proc/cpuinfo', 'utf8')
  } catch {
    return { bits: 256, text: 'vector units unknown, taken as 256 bit' }
  }
  const flag = name => new RegExp(`^flags.*\\b${name}\\b`, 'm').test(info)
  const number = name => Number(new RegExp(`^${name}\\s*:\\s*(\\d+)`, 'm').exec(info)?.[1])
  if (!flag('avx2')) return { bits: 128, text: '128-bit units' }
  if (!flag('avx512f')) return { bits: 256, text: 'AVX2, 256-bit units' }
  // AMD's family 25 is Zen 3 and 4; 26, Zen 5, has units of 512 bits in its servers.
  if (/AuthenticAMD/.test(info) && number('cpu family') < 26)
    return { bits: 256, text: 'AVX-512 on 256-bit units' }
  return { bits: 512, text: 'AVX-512, 512-bit units' }
}
