// What a cell's last expression and display() show.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from './client.ts'

let k: Client
beforeAll(async () => {
  k = await Client.start()
})
afterAll(() => k.stop())

type Data = Record<string, unknown>
async function shown(code: string): Promise<Data[]> {
  const r = await k.run(code)
  expect(r.reply.status, JSON.stringify(r.reply)).toBe('ok')
  return r.messages
    .filter(m => /execute_result|display_data/.test(m.type))
    .map(m => m.content.data as Data)
}

describe('a last expression', () => {
  it.each([
    ['1 + 1', '2'],
    ['"a\\nb"', "'a\\nb'"],
    ['null', 'null'],
    ['[1, "a", null]', "[ 1, 'a', null ]"],
    ['new Map([[1, { a: 1 }]])', 'Map(1) { 1 => { a: 1 } }'],
    ['new Set([1])', 'Set(1) { 1 }'],
    ['10n ** 20n', '100000000000000000000n'],
    ['Symbol("s")', 'Symbol(s)'],
    ['(class A {})', '[class A]'],
    ['(function f() {})', '[Function: f]'],
    ['new Uint8Array([1, 2])', 'Uint8Array(2) [ 1, 2 ]'],
    ['new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['Promise.resolve(1)', 'Promise { 1 }'],
  ])('%s', async (code, text) => expect((await k.run(code)).value).toBe(text))

  it('that is nothing shows nothing', async () => {
    expect(await shown('undefined')).toEqual([])
    expect(await shown('const silent = 1')).toEqual([])
  })
  it('is coloured when it is an object, unless colours are off', async () => {
    expect((await shown('[1]'))[0]['text/plain']).toBe('[ \u001b[33m1\u001b[39m ]')
    expect((await shown('display.colors = false; [1]'))[0]['text/plain']).toBe('[ 1 ]')
    await k.run('display.colors = true')
  })
  it('sums up a long typed array', async () => {
    const r = await k.run('Float32Array.from({ length: 1000 }, (_, i) => i)')
    expect(r.value).toMatch(/^min 0, max 999, mean 499\.5\nFloat32Array\(1000\) \[/)
    expect(r.value).toMatch(/900 more items/)
  })
  it('of any size is shown soon and short', async () => {
    const r = await k.run(
      'const big = Object.fromEntries(Array.from({ length: 300000 }, (_, i) => ["k" + i, { a: [i] }])); const started = performance.now(); big',
    )
    expect(r.value?.length).toBeLessThan(10_000)
    expect(r.value).toMatch(/k0: \{ a: \[ 0 \] \}[\s\S]*299900 more properties/)
    expect((await k.run('[big, "x".repeat(1e7)]')).value?.length).toBeLessThan(40_000)
    expect((await k.run('const circle: unknown[] = []; circle.push(circle); circle')).value).toBe(
      '<ref *1> [ [Circular *1] ]',
    )
  })
  it('of an error shows it without frames of the kernel', async () => {
    const r = await k.run('new TypeError("x", { cause: new Error("why") })')
    expect(r.value).toMatch(/^TypeError: x/)
    expect(r.value).toMatch(/why/)
    expect(r.value).not.toMatch(/runner\.js|node:|guarded/)
  })
  it.each([
    'new Proxy({}, { get() { throw new Error("no") }, ownKeys() { throw new Error("no") }, has() { throw 1 }, getPrototypeOf() { throw 1 } })',
    'new Proxy(function () {}, { get: () => () => { throw 1 } })',
    '({ get a() { throw new Error("no") }, get [Symbol.toStringTag](): string { throw new Error("no") } })',
    '({ [Symbol.for("nodejs.util.inspect.custom")]() { throw new Error("no") } })',
    '({ [Symbol.for("Jupyter.display")]() { throw new Error("no") } })',
    '({ [Symbol.for("Jupyter.display")]() { return new Proxy({}, { ownKeys() { throw 1 } }) } })',
    '({ [Symbol.for("Jupyter.display")]() { return { "text/html": { toString() { throw 1 } } } } })',
    '({ toJSON() { throw new Error("no") }, toString() { throw new Error("no") } })',
    'Object.setPrototypeOf({}, new Proxy({}, { get() { throw 1 } }))',
    '({ constructor: { get name() { throw 1 } } })',
  ])('that is hostile kills nothing: %s', async code => {
    const r = await k.run(code)
    expect(r.reply.status).toBe('ok')
    expect(
      (await k.run(`display(${code}); console.log(${code}); display.json(${code}); 1`)).reply,
    ).toBeDefined()
    expect((await k.run('6 * 7')).value).toBe('42')
  })
  it.each([
    'throw { toString() { throw 1 } }',
    'throw new Proxy({}, { get() { throw 1 } })',
    'throw Object.assign(new Error("x"), { stack: 5, name: { toString() { throw 1 } } })',
    'throw null',
  ])('%s is told', async code => {
    const r = await k.run(code)
    expect(r.reply.status).toBe('error')
    expect((await k.run('6 * 7')).value).toBe('42')
  })
})

describe('a value with a hook', () => {
  it.each([
    ['Symbol.for("Jupyter.display")', '{ "text/html": "<i>" }'],
    ['Symbol.for("Jupyter.mimebundle")', '{ "text/html": "<i>" }'],
    ['"$$mimebundle$$"', '[{ "text/html": "<i>" }, {}]'],
    ['"_repr_mimebundle_"', '{ data: { "text/html": "<i>" }, metadata: {} }'],
    ['Symbol.for("Jupyter.display")', 'Promise.resolve({ "text/html": "<i>" })'],
  ])('%s giving %s', async (hook, bundle) => {
    expect(await shown(`({ [${hook}]: () => (${bundle}) })`)).toEqual([{ 'text/html': '<i>' }])
  })
  it('of Vega-Lite or of a document is shown as that', async () => {
    const spec = '{ $schema: "https://vega.github.io/schema/vega-lite/v5.json", mark: "bar" }'
    expect((await shown(`(${spec})`))[0]).toHaveProperty(['application/vnd.vegalite.v5+json'])
    const svg = await shown(
      'class SVGSVGElement { outerHTML = "<svg></svg>" }; new SVGSVGElement()',
    )
    expect(svg[0]['image/svg+xml']).toBe('<svg></svg>')
  })
})

describe('display', () => {
  it('has a helper for each kind', async () => {
    const all = await shown(`
      display.html('<b>'); display.svg('<svg/>'); display.markdown('*a*'); display.latex('$x$'); display.text('t')
      display.json({ a: 1n }); display.vegaLite({ mark: 'bar' }); display.javascript('1')
      display.mime({ 'application/x-own': 'y', 'image/png': new Uint8Array([1]) }); display.table([{ a: 1 }])`)
    expect(all.map(d => Object.keys(d)[0])).toEqual([
      'text/html',
      'image/svg+xml',
      'text/markdown',
      'text/latex',
      'text/plain',
      'application/json',
      'application/vnd.vegalite.v5+json',
      'application/javascript',
      'application/x-own',
      'text/html',
    ])
    expect(all[5]['application/json']).toEqual({ a: '1' })
    expect(all[8]['image/png']).toBe('AQ==')
  })
  it('knows images by their bytes', async () => {
    const png = 'Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, 0])'
    const r = await k.run(
      `display(${png}, { width: 20 }); display.png(${png}); display.image(Buffer.from(${png}).toString('base64'))`,
    )
    const shown = r.messages.filter(m => m.type === 'display_data')
    expect(shown.map(m => (m.content.data as Data)['image/png'])).toEqual(
      Array(3).fill('iVBORw0KGgoA'),
    )
    expect(shown[0].content.metadata).toEqual({ 'image/png': { width: 20 } })
    expect((await k.run('display.image(new Uint8Array(5))')).reply.ename).toBe('TypeError')
  })
  it('gives a handle that updates and clears', async () => {
    const r = await k.run('const h = display.html("a", { id: "one" }); h.update("b"); h.clear(); h')
    const updates = r.messages.filter(m => m.type === 'update_display_data')
    expect(updates.map(m => m.content.data)).toEqual([
      { 'text/html': 'b', 'text/plain': '<HTML>' },
      { 'text/plain': '' },
    ])
    expect(updates.every(m => (m.content.transient as Data).display_id === 'one')).toBe(true)
    expect(r.value).toBeUndefined()
  })
  it('shows console.table as HTML and as text, escaped', async () => {
    const [data] = await shown('console.table([{ a: 1, b: "<i>" }, { a: 2 }])')
    expect(data['text/html']).toMatch(/<th>a<\/th><th>b<\/th>.*<td>&lt;i&gt;<\/td>/)
    expect(data['text/plain']).toMatch(/│ 0 +│ 1 +│ '<i>' +│/)
  })
})

describe('the module tslab', () => {
  it('shows as tslab does', async () => {
    const all = await shown(`import * as tslab from 'tslab'
      tslab.display.html('<b>'); tslab.display.png(new Uint8Array([1, 2])); tslab.display.raw('text/x', 'y')
      tslab.display.text(tslab.versions.tslab)`)
    expect(all).toEqual([
      { 'text/html': '<b>' },
      { 'image/png': 'AQI=' },
      { 'text/x': 'y' },
      { 'text/plain': '1.0.22' },
    ])
  })
  it('overwrites what newDisplay gave', async () => {
    const r = await k.run(
      "import { newDisplay } from 'tslab'; const d = newDisplay(); d.text('1'); d.text('2')",
    )
    const sent = r.messages.filter(m => /display_data/.test(m.type))
    expect(sent.map(m => m.type)).toEqual(['display_data', 'update_display_data'])
    expect(new Set(sent.map(m => (m.content.transient as Data).display_id)).size).toBe(1)
  })
})
