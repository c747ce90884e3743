/**
 * A zeroed Buffer for card data. It lies over an ArrayBuffer of its own: not in Node's pool, which is shared and never wiped, and
 * not in V8's heap, where `Buffer.allocUnsafeSlow` puts up to 64 bytes, and where the collector moves them and leaves a copy.
 */
export function unpooled(size: number): Buffer {
  return Buffer.from(new ArrayBuffer(size));
}
