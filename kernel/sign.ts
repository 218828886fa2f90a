/** Signatures of messages: HMAC over the four parts. */
import { createHmac, getHashes, timingSafeEqual } from 'node:crypto'
import type { Signer } from './engine/frames.ts'

/**
 * @param key of the connection file; empty for none
 * @param scheme as the connection file says it, `hmac-sha256`
 * @throws RangeError for a scheme that Node's crypto does not have
 */
export function signer(key: string, scheme = 'hmac-sha256'): Signer {
  if (!key) return { sign: () => '', verify: () => true }
  const hash = /^hmac-(\w+)$/.exec(scheme)?.[1]
  if (!hash || !getHashes().includes(hash))
    throw new RangeError(`signature_scheme ${scheme}: this Node has no such hash`)
  const sign = (parts: readonly (string | Uint8Array)[]) => {
    const hmac = createHmac(hash, key)
    for (const part of parts) hmac.update(part)
    return hmac.digest('hex')
  }
  return {
    sign,
    verify: (signature, parts) => {
      const expected = Buffer.from(sign(parts))
      return signature.length === expected.length && timingSafeEqual(signature, expected)
    },
  }
}
