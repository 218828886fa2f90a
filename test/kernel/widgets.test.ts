// The kernel's side of the widget protocol, as a page sees it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, pause, type Received } from './client.ts'

let k: Client
const comms: Received[] = []
beforeAll(async () => {
  k = await Client.start()
  k.listen(m => void (m.type.startsWith('comm_') && comms.push(m)))
})
afterAll(() => k.stop())

type Json = Record<string, unknown>
const data = (m: Received) => m.content.data as Json
const state = (m: Received) => data(m).state as Json
const opened = (model: string) =>
  comms.findLast(m => m.type === 'comm_open' && state(m)._model_name === model)!
/** Sends a page's message on a comm; what the kernel answers. */
async function page(comm: string, body: Json, buffers: Uint8Array[] = []): Promise<Received[]> {
  comms.length = 0
  k.send('shell', 'comm_msg', { comm_id: comm, data: body }, buffers)
  await k.run('')
  return [...comms]
}
const update = (change: Json) => ({ method: 'update', state: change, buffer_paths: [] })

describe('widgets', () => {
  it('open a comm with their whole state and show their view', async () => {
    const r = await k.run(`import { IntSlider } from '@layerscope/kernel/widgets'
      const s = new IntSlider({ value: 3, max: 10, description: 'n', readoutFormat: 'd' }); s`)
    const slider = opened('IntSliderModel')
    const layout = opened('LayoutModel')
    expect(slider.content.target_name).toBe('jupyter.widget')
    expect(slider.metadata.version).toBe('2.1.0')
    expect(state(slider)).toMatchObject({
      _model_module: '@jupyter-widgets/controls',
      _view_name: 'IntSliderView',
      value: 3,
      max: 10,
      readout_format: 'd',
      layout: `IPY_MODEL_${String(layout.content.comm_id)}`,
    })
    const result = r.messages.find(m => m.type === 'execute_result')!
    expect(data(result)).toEqual({
      'text/plain': 'IntSlider(3)',
      'application/vnd.jupyter.widget-view+json': {
        version_major: 2,
        version_minor: 0,
        model_id: slider.content.comm_id,
      },
    })
  })
  it('send what is assigned, echo what a page sends, correct it, and tell their observers', async () => {
    await k.run(`const seen: [number, number][] = []; const other = new IntSlider({ max: 10 })
      other.observe('value', (now, old) => seen.push([now, old]))`)
    const id = String(opened('IntSliderModel').content.comm_id)
    comms.length = 0
    await k.run('other.value = 4; other.value = 4')
    expect(comms.map(m => data(m))).toEqual([update({ value: 4 })])
    const answers = await page(id, update({ value: 99 }))
    expect(answers.map(data)).toEqual([
      { ...update({ value: 99 }), method: 'echo_update' },
      update({ value: 10 }),
    ])
    expect((await k.run('seen')).value).toBe('[ [ 4, 0 ], [ 10, 4 ] ]')
    const [full] = await page(id, { method: 'request_state' })
    expect(state(full)).toMatchObject({ value: 10, max: 10, _model_name: 'IntSliderModel' })
  })
  it('echo as of the page’s own message, and print in the cell that observes', async () => {
    const heard: Received[] = []
    const stop = k.listen(m => void (/stream|comm_msg/.test(m.type) && heard.push(m)))
    const cell = await k.run(
      `const t = new (await import('@layerscope/kernel/widgets')).Text(); t.observe('value', v => console.log('now', v))`,
    )
    const id = String(opened('TextModel').content.comm_id)
    const message = k.send('shell', 'comm_msg', { comm_id: id, data: update({ value: 'x' }) })
    await k.run('')
    stop()
    expect(heard.find(m => data(m)?.method === 'echo_update')?.parent).toBe(message)
    expect(heard.find(m => m.content.text === 'now x\n')?.parent).toBe(cell.messages[0].parent)
  })
  it('carry bytes beside their state, both ways', async () => {
    await k.run(`import { Image, anywidget } from '@layerscope/kernel/widgets'
      new Image({ value: new Uint8Array([1, 2, 3]) })
      const any = anywidget({ esm: 'export default { render() {} }', state: { deep: { list: [1, new Uint8Array([7])] }, bytes: new Uint8Array([9]) } })`)
    const image = opened('ImageModel')
    expect(data(image).buffer_paths).toEqual([['value']])
    expect(state(image)).not.toHaveProperty('value')
    expect([...image.buffers[0]]).toEqual([1, 2, 3])
    const any = opened('AnyModel')
    expect(data(any).buffer_paths).toEqual([['deep', 'list', 1], ['bytes']])
    expect(state(any).deep).toEqual({ list: [1, null] })
    await page(
      String(any.content.comm_id),
      {
        method: 'update',
        state: { deep: { list: [null] } },
        buffer_paths: [['deep', 'list', 0], ['bytes'], ['__proto__', 'x'], 5],
      },
      [new Uint8Array([4, 5]), new Uint8Array([6]), new Uint8Array([1])],
    )
    expect(
      (await k.run('[[...any.state.deep.list[0] as never], [...any.state.bytes]]')).value,
    ).toBe('[ [ 4, 5 ], [ 6 ] ]')
  })
  it('of a selection have values, of a button clicks, in boxes they are children', async () => {
    await k.run(`import { Button, Dropdown, HBox } from '@layerscope/kernel/widgets'
      const d = new Dropdown({ options: { one: 1, two: 2 }, value: 2 }); let clicks = 0; const picked: unknown[] = []
      d.observe('value', v => picked.push(v))
      const b = new Button({ description: 'Go' }); b.onClick(() => clicks++); new HBox({ children: [d, b] })`)
    const dropdown = opened('DropdownModel')
    expect(state(dropdown)).toMatchObject({ _options_labels: ['one', 'two'], index: 1 })
    await page(String(dropdown.content.comm_id), update({ index: 0 }))
    await k.run('void 0')
  })
  it('tell a page that was reloaded of all of them, at once', async () => {
    await k.run(`const again = new IntSlider({ value: 8 })`)
    const id = String(opened('IntSliderModel').content.comm_id)
    const info = await k.request('shell', 'comm_info_request', { target_name: 'jupyter.widget' })
    expect(Object.keys(info.content.comms as Json)).toContain(id)
    comms.length = 0
    k.send('shell', 'comm_open', {
      comm_id: 'control',
      target_name: 'jupyter.widget.control',
      data: {},
    })
    k.send('shell', 'comm_msg', { comm_id: 'control', data: { method: 'request_states' } })
    await k.run('')
    const answer = comms.find(m => data(m).method === 'update_states')!
    const states = data(answer).states as Record<string, Json>
    expect(states[id]).toMatchObject({ model_name: 'IntSliderModel', state: { value: 8 } })
    expect(answer.buffers.length).toBe((data(answer).buffer_paths as unknown[]).length)
  })
  it('refuse what does not fit, in words', async () => {
    const wrong = async (code: string) =>
      (
        await k.run(
          `await (async (w: any) => { ${code} })(await import('@layerscope/kernel/widgets'))`,
        )
      ).reply
    expect(await wrong('new w.IntSlider({ val: 3 })')).toMatchObject({
      ename: 'TypeError',
      evalue: expect.stringContaining("no 'val'") as string,
    })
    expect(await wrong('new w.IntSlider({ value: 300 })')).toMatchObject({ ename: 'RangeError' })
    expect(await wrong('new w.Dropdown({ options: [1], value: 2 })')).toMatchObject({
      ename: 'RangeError',
    })
    expect((await k.run("new IntSlider({ value: 'x' })")).reply.ename).toBe('TypeScriptError')
  })
  it('hear of events inside a synchronous loop that polls', async () => {
    await k.run('const loop = new IntSlider()')
    const id = String(opened('IntSliderModel').content.comm_id)
    const running = k.run(
      'console.log("go"); const end = Date.now() + 20000; while (loop.value === 0 && Date.now() < end) comm.poll(); loop.value',
      {},
      m =>
        void (
          m.type === 'stream' &&
          k.send('shell', 'comm_msg', { comm_id: id, data: update({ value: 5 }) })
        ),
    )
    expect((await running).value).toBe('5')
  })
  it('answer commands of an anywidget, and errors of handlers kill nothing', async () => {
    await k.run(`const cmd = anywidget({ esm: 'export default {}', commands: { double: (n: number) => [n * 2, [new Uint8Array([1])]] } })
      cmd.onMessage(() => { throw new Error('handler') })`)
    const id = String(opened('AnyModel').content.comm_id)
    comms.length = 0
    k.send('shell', 'comm_msg', {
      comm_id: id,
      data: {
        method: 'custom',
        content: { id: '1', kind: 'anywidget-command', name: 'double', msg: 21 },
      },
    })
    await k.run('await new Promise(r => setTimeout(r, 20))')
    await pause(20)
    const reply = comms.find(m => data(m).method === 'custom')!
    expect(data(reply).content).toEqual({
      id: '1',
      kind: 'anywidget-command-response',
      response: 42,
    })
    expect([...reply.buffers[0]]).toEqual([1])
  })
})
