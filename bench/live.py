"""The live path from a synchronous loop in a cell: slowing, update rate, interrupt, printed lines.

Drives the installed kernel over the real protocol, as a page would. Run: .venv/bin/python bench/live.py
"""
import os
import statistics
import sys
import time
from pathlib import Path

root = Path(__file__).resolve().parent.parent
os.environ.setdefault("JUPYTER_DATA_DIR", str(root / ".cache/jupyter/data"))
os.environ.setdefault("JUPYTER_RUNTIME_DIR", str(root / ".cache/jupyter/runtime"))
from jupyter_client.manager import start_new_kernel  # noqa: E402

MIME = "application/vnd.layerscope.view+json"
SETUP = """
import { crossEntropy, data, manualSeed, nn, optim, show, trainingLog } from 'layerscope'
manualSeed(1)
const { train } = data.fashionMNIST()
const net = new nn.Sequential({
  conv1: new nn.Conv2d(1, 32, 5), relu1: new nn.ReLU(), pool1: new nn.MaxPool2d(2),
  conv2: new nn.Conv2d(32, 64, 5), relu2: new nn.ReLU(), pool2: new nn.MaxPool2d(2),
  flatten: new nn.Flatten(), fc1: new nn.Linear(1024, 128), relu3: new nn.ReLU(), fc2: new nn.Linear(128, 10),
})
const optimizer = new optim.SGD(net.parameters(), { lr: 0.01, momentum: 0.9 })
let steps = 0
function epoch(report: (loss: number) => void) {
  const began = performance.now()
  for (const { x, y } of data.batches(train, { size: 64, shuffle: true, seed: 1 })) {
    const loss = crossEntropy(net.forward(x), y)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    report(loss.item())
    steps++
  }
  return performance.now() - began
}
epoch(() => {})
"""


class Session:
    def __init__(self):
        self.km, self.kc = start_new_kernel(kernel_name="layerscope", startup_timeout=60, cwd=str(root / "notebooks"))

    def run(self, code, on_message=lambda m: None, timeout=300):
        """Runs a cell; returns its reply and everything it sent."""
        sent = self.kc.execute(code)
        messages = []
        end = time.time() + timeout
        while True:
            message = self.kc.get_iopub_msg(timeout=max(0.1, end - time.time()))
            if message["msg_type"].startswith("comm_") or message["parent_header"].get("msg_id") == sent:
                messages.append(message)
                on_message(message)
            if (
                message["msg_type"] == "status"
                and message["content"]["execution_state"] == "idle"
                and message["parent_header"].get("msg_id") == sent
            ):
                break
        reply = self.kc.get_shell_msg(timeout=30)
        while reply["parent_header"].get("msg_id") != sent:
            reply = self.kc.get_shell_msg(timeout=30)
        return reply["content"], messages

    def value(self, code):
        reply, messages = self.run(code)
        if reply["status"] != "ok":
            sys.exit("\n".join(reply["traceback"]))
        results = [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"]
        return results[-1] if results else None

    def comm(self, kind, content):
        message = self.kc.session.msg(kind, content)
        self.kc.shell_channel.send(message)

    def close(self):
        self.kc.stop_channels()
        self.km.shutdown_kernel(now=True)


def main():
    s = Session()
    s.value(SETUP)

    # One view, opened as a page opens it.
    _, messages = s.run("const log = trainingLog({ epochs: 9, stepsPerEpoch: 157 }); show(log)")
    view = next(m["content"]["data"][MIME] for m in messages if m["msg_type"] == "display_data")
    s.comm("comm_open", {"comm_id": "page", "target_name": "layerscope.view", "data": {"id": view["id"], "spec": view["spec"], "extension": "bench"}})

    # Rounds in turn: without report, with report and an open page.
    plain, live, rates = [], [], []
    for _ in range(5):
        plain.append(float(s.value("epoch(() => {})")))
        times = []
        def note(m):
            if m["msg_type"] == "comm_msg":
                times.append(time.time())
        reply, messages = s.run("epoch(loss => log.report({ loss }))", note)
        took = float([m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"][-1])
        live.append(took)
        rates.append(len(times) / (took / 1000))
    ratio = statistics.median(b / a for a, b in zip(plain, live))
    print(f"epoch of 157 steps: plain {statistics.median(plain):.0f} ms, reporting to an open page {statistics.median(live):.0f} ms, ratio {ratio:.3f}")
    print(f"updates of the page during the synchronous loop: {statistics.median(rates):.1f} a second (least {min(rates):.1f})")

    # Interrupt in mid-training, three times; state lives and training goes on.
    for _ in range(3):
        before = int(s.value("steps"))
        sent = s.kc.execute("for (;;) epoch(() => {})")
        time.sleep(1.5)
        began = time.time()
        s.km.interrupt_kernel()
        reply = s.kc.get_shell_msg(timeout=30)
        while reply["parent_header"].get("msg_id") != sent:
            reply = s.kc.get_shell_msg(timeout=30)
        took = time.time() - began
        after = int(s.value("steps"))
        s.value("epoch(() => {})")
        print(f"interrupt: back after {took * 1000:.0f} ms as {reply['content'].get('ename')}, steps {before} → {after}, trains on: {int(s.value('steps')) - after} more")

    # 100,000 lines.
    began = time.time()
    _, messages = s.run("for (let i = 0; i < 100000; i++) console.log(i)")
    text = "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")
    right = text == "".join(f"{i}\n" for i in range(100000))
    print(f"100,000 lines: all in order {right}, idle after {time.time() - began:.2f} s, {sum(m['msg_type'] == 'stream' for m in messages)} messages")
    s.close()


main()
