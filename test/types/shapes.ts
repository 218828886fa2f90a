// What the compiler knows of shapes; `tsc` runs this file in `npm run check`, nothing executes it. A line under
// `@ts-expect-error` must be an error; `is` compares two types, which must be the same.
import {
  add,
  cat,
  conv2d,
  dropout,
  linear,
  manualSeed,
  matmul,
  maxPool2d,
  nn,
  ones,
  rand,
  randint,
  randn,
  relu,
  softmax,
  tensor,
  zeros,
  zerosLike,
  type Tensor,
  type TensorOf,
} from '../../src/index.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Fails to compile unless the value's type is `T`. */
const is =
  <T>() =>
  <V>(value: V, ..._same: Same<V, T> extends true ? [] : [never]) =>
    value
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a size that is not known
type Any = any

export function made(n: number, shape: readonly number[]): void {
  manualSeed(1)
  is<TensorOf<[2, 3]>>()(zeros([2, 3]))
  is<TensorOf<[2, 3]>>()(ones([2, 3], { dtype: 'float64' }))
  is<TensorOf<[]>>()(rand([]))
  is<TensorOf<[Any, 3]>>()(randn([n, 3]))
  is<TensorOf<[4]>>()(randint(0, 9, [4]))
  is<Tensor>()(randn(shape))
  is<Tensor>()(randn([...shape, 3]))
  is<Tensor>()(tensor([[1, 2]]))
  is<TensorOf<[2, 3]>>()(zerosLike(zeros([2, 3])))
  is<Tensor>()(zerosLike(tensor(1)))
  is<TensorOf<[2, 3]>>()(nn.parameter(randn([2, 3])))
}

export function kept(x: Tensor): void {
  const a = randn([2, 3])
  is<TensorOf<[2, 3]>>()(relu(a))
  is<TensorOf<[2, 3]>>()(a.relu().exp().neg().leakyRelu().clamp({ min: 0 }).clone().to('float64'))
  is<TensorOf<[2, 3]>>()(softmax(dropout(a), 1))
  is<TensorOf<[2, 3]>>()(a.detach().requiresGrad_())
  is<TensorOf<[2, 3]>>()(a.mul(2).add(a).pow(2))
  is<TensorOf<[2, 3]>>()(add(1, a))
  is<TensorOf<[5, 2, 3]>>()(add(a, ones([5, 1, 3])))
  is<TensorOf<[2, 3]>>()(a.add(ones([3])))
  is<Tensor>()(a.add(x))
  is<Tensor>()(x.add(a))
  is<Tensor>()(x.add(1).relu())
  is<Tensor>()(a.sum())
}

export function rearranged(n: number): void {
  const a = randn([2, 3])
  is<TensorOf<[3, 2]>>()(a.reshape([3, 2]))
  is<TensorOf<[1, Any, 6]>>()(a.view([1, -1, 6]))
  is<Tensor>()(a.reshape(a.shape))
  is<TensorOf<[3, 2]>>()(a.T)
  is<TensorOf<[3, 2]>>()(a.transpose())
  is<Tensor>()(a.transpose(0, 1))
  is<TensorOf<[Any]>>()(a.flatten())
  is<TensorOf<[2, Any]>>()(randn([2, 3, 4]).flatten(1))
  is<Tensor>()(a.flatten(n))
}

export function products(x: Tensor): void {
  is<TensorOf<[2, 4]>>()(matmul(randn([2, 3]), randn([3, 4])))
  is<TensorOf<[7, 2, 4]>>()(randn([7, 2, 3]).matmul(randn([3, 4])))
  is<TensorOf<[2]>>()(randn([2, 3]).matmul(randn([3])))
  is<TensorOf<[4]>>()(randn([3]).matmul(randn([3, 4])))
  is<Tensor>()(x.matmul(randn([3, 4])))
  is<Tensor>()(randn([2, 3]).matmul(x))
  is<TensorOf<[8, 5]>>()(linear(randn([8, 3]), randn([5, 3]), zeros([5])))
  // @ts-expect-error inner sizes 3 and 2
  matmul(randn([2, 3]), randn([2, 3]))
  // @ts-expect-error inner sizes 3 and 4
  randn([2, 3]).matmul(randn([4]))
  // @ts-expect-error inner sizes 3 and 4 of stacks
  randn([7, 2, 3]).matmul(randn([7, 4, 3]))
  // @ts-expect-error 5 input features, x has 3
  linear(randn([8, 3]), randn([3, 5]))
}

export function convolutions(x: Tensor, n: number): void {
  const image = randn([1, 3, 32, 32])
  is<TensorOf<[1, 16, Any, Any]>>()(conv2d(image, randn([16, 3, 5, 5]), { stride: 2 }))
  is<TensorOf<[1, 16, 32, 32]>>()(conv2d(image, randn([16, 3, 3, 3]), { padding: 'same' }))
  is<TensorOf<[16, Any, Any]>>()(conv2d(randn([3, 32, 32]), randn([16, 3, 3, 3])))
  is<Tensor>()(conv2d(randn([32, 32]), randn([3, 3])))
  is<Tensor>()(conv2d(x, randn([16, 3, 3, 3]).flatten(n)))
  is<Tensor>()(conv2d(x, randn([16, 3, 3, 3])))
  is<TensorOf<[1, 6, Any, Any]>>()(conv2d(image, randn([6, 1, 3, 3]), { groups: 3 }))
  is<TensorOf<[1, 3, Any, Any]>>()(maxPool2d(image, 2))
  is<TensorOf<[1, 3, Any, Any]>>()(maxPool2d(image, 2, { returnIndices: true }).indices)
  // @ts-expect-error 4 input channels, x has 3
  conv2d(image, randn([16, 4, 3, 3]))
  // @ts-expect-error 4 input channels, x has 3, with options
  conv2d(image, randn([16, 4, 3, 3]), { stride: 2, padding: 1 })
  // @ts-expect-error 16 channels come out of the first
  conv2d(relu(conv2d(image, randn([16, 3, 3, 3]))), randn([8, 3, 3, 3]))
  // @ts-expect-error one image without a batch
  conv2d(randn([1, 28, 28]), randn([6, 3, 5, 5]))
}

// What must go on working: any tensor where a literal shape was, lists of several shapes, states in loops.
export function free(x: Tensor, f: (t: Tensor) => Tensor): TensorOf<[1, 8]> {
  let h = zeros([1, 8])
  h = f(h)
  h = x
    .matmul(randn([8, 8]))
    .add(h)
    .tanh()
  for (let t = 0; t < 3; t++) h = h.matmul(randn([8, 8])).tanh()
  const list: Tensor[] = [zeros([1]), zeros([2])]
  list.push(h, x)
  cat([zeros([1]), zeros([2]), ...list])
  let y: Tensor = zeros([2, 3])
  y = y.reshape([6])
  // @ts-expect-error a variable whose shape changes is declared as a Tensor
  h = zeros([2, 8])
  return y.add(h)
}
