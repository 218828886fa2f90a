/** Derivatives of functions as a whole: Jacobian, Hessian, and their products with vectors. */
import { enableGrad, grad } from '../autograd/tape.ts'
import { show, sizeOf } from '../tensor/shape.ts'
import { zerosLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { fromFlat } from '../tensor/tensor.ts'
import { cat, reshape } from './views.ts'

export interface DerivativeOptions {
  /** Record the derivative itself, to differentiate it again. Default false. */
  createGraph?: boolean
}

/** x as a leaf of its own, unless it is already part of something that is differentiated. */
const leaf = (x: Tensor, createGraph: boolean) =>
  createGraph && x.requiresGrad ? x : x.detach().requiresGrad_()

/**
 * All derivatives of `f` at x: J[…i…, …j…] = ∂f(x)[…i…] / ∂x[…j…], shape [...f(x).shape, ...x.shape]. One backward pass an element of f(x).
 */
export function jacobian(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  { createGraph = false }: DerivativeOptions = {},
): Tensor {
  return enableGrad(() => {
    const t = leaf(x, createGraph)
    const y = f(t)
    const shape = [...y.shape, ...x.shape]
    if (!y.requiresGrad || y.size === 0)
      return fromFlat(new Float64Array(sizeOf(shape)), shape, x.dtype)
    const rows = Array.from({ length: y.size }, (_, i) => {
      const e = new Float64Array(y.size)
      e[i] = 1
      const [g] = grad(y, [t], [fromFlat(e, y.shape, y.dtype)], {
        createGraph,
        retainGraph: true,
        allowUnused: true,
      })
      return reshape(g, [1, x.size])
    })
    return reshape(cat(rows), shape)
  })
}

/**
 * All second derivatives of a function with one number as its value: H[…i…, …j…] = ∂²f / ∂x[…i…] ∂x[…j…], shape [...x.shape, ...x.shape].
 * @throws RangeError when f(x) has several elements
 */
export function hessian(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  options: DerivativeOptions = {},
): Tensor {
  return jacobian(t => gradientOf('hessian', f, t), x, options)
}

function gradientOf(op: string, f: (x: Tensor) => Tensor, t: Tensor): Tensor {
  const y = f(t)
  if (y.size !== 1) throw new RangeError(`${op}: f(x) is ${show(y.shape)}; it is one number`)
  if (!y.requiresGrad) return zerosLike(t)
  return grad(y, [t], null, { createGraph: true, allowUnused: true })[0]
}

const same = (op: string, v: Tensor, like: Tensor, what: string) => {
  if (show(v.shape) !== show(like.shape))
    throw new RangeError(`${op}: v is ${show(v.shape)}, ${what} ${show(like.shape)}`)
}

/** vᵀ·J: `{ value: f(x), product }`, the product of x's shape. v has f(x)'s shape. One backward pass. */
export function vjp(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  v: Tensor,
  { createGraph = false }: DerivativeOptions = {},
): { value: Tensor; product: Tensor } {
  return enableGrad(() => {
    const t = leaf(x, createGraph)
    const y = f(t)
    same('vjp', v, y, 'f(x)')
    if (!y.requiresGrad) return { value: y, product: zerosLike(x) }
    const [product] = grad(y, [t], [v], { createGraph, allowUnused: true })
    return { value: createGraph ? y : y.detach(), product }
  })
}

/** J·v: `{ value: f(x), product }`, the product of f(x)'s shape. v has x's shape. Two backward passes: vᵀ·J is linear in v. */
export function jvp(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  v: Tensor,
  { createGraph = false }: DerivativeOptions = {},
): { value: Tensor; product: Tensor } {
  same('jvp', v, x, 'x')
  return enableGrad(() => {
    const t = leaf(x, createGraph)
    const y = f(t)
    const u = zerosLike(y).requiresGrad_()
    if (!y.requiresGrad) return { value: y, product: zerosLike(y) }
    const [back] = grad(y, [t], [u], { createGraph: true, allowUnused: true })
    if (!back.requiresGrad) return { value: y.detach(), product: zerosLike(y) }
    const [product] = grad(back, [u], [v], { createGraph, allowUnused: true })
    return { value: createGraph ? y : y.detach(), product }
  })
}
