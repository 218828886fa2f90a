// The workloads of bench/compute.mjs: name, arithmetic in MFLOP a run, and which contenders can do it.

/** Forward and backward of a product cost three times the forward. */
export const WORKLOADS = [
  { id: 'W1', what: 'sgemm 512', mflop: 268.4 },
  { id: 'W3', what: 'LeNet training step, batch 64', mflop: 1427 },
  { id: 'W4', what: 'AlexNet forward, batch 1', mflop: 1434 },
  { id: 'W5f', what: '3×3 64→64, 56×56, batch 8, forward', mflop: 1850 },
  { id: 'W5b', what: 'the same with backward', mflop: 5549 },
  { id: 'W6r', what: 'RNN layer training step, T 50, batch 32, 256 hidden', mflop: 891 },
  { id: 'W6l', what: 'LSTM layer likewise', mflop: 3093 },
  { id: 'W6s', what: "the student's RNN loop", mflop: 891 },
  { id: 'add', what: 'add 4×4, µs', mflop: 0, micro: true },
  { id: 'addb', what: 'add 4×4 tracked, forward and backward, µs', mflop: 0, micro: true },
]
