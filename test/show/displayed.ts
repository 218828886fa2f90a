import { expect } from 'vitest'
import { parseView } from '../../src/spec/validate.ts'
import type { ViewSpec } from '../../src/spec/view.ts'
import type { FakeHost } from './fake-host.ts'
import { readPng } from './read-png.ts'

/** The view last displayed, as a page reads it: of its kind, with its text, and a picture that is wider than `width`. */
export function displayed<K extends ViewSpec['kind']>(
  host: FakeHost,
  kind: K,
  width: number,
): Extract<ViewSpec, { kind: K }> {
  const { bundle } = host.shown[host.shown.length - 1]
  expect(readPng(bundle['image/png'] as Uint8Array).width).toBeGreaterThan(width) // the view's own bundle
  const spec = parseView(JSON.parse(JSON.stringify(host.spec())))
  expect(bundle['text/plain']).toBe(spec.text)
  if (spec.kind !== kind) throw new Error(spec.kind)
  return spec as Extract<ViewSpec, { kind: K }> // checked in the line before
}
