const SEALED = '[sealed]';

/** `util.inspect.custom`, by its registered name: this room imports no I/O module. */
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** Whatever prints, joins or serialises one of these gets `[sealed]`. */
export abstract class Sealed {
  toString(): string {
    return SEALED;
  }

  toJSON(): string {
    return SEALED;
  }

  [Symbol.toPrimitive](): string {
    return SEALED;
  }

  [INSPECT](): string {
    return SEALED;
  }
}

const HIDING: PropertyDescriptorMap = Object.fromEntries(
  (['toString', 'toJSON', Symbol.toPrimitive, INSPECT, 'toLocaleString'] as const).map((name) => [
    name,
    { value: () => SEALED },
  ]),
);

/** A view of bytes that prints as `[sealed]`, for lending. It shares the memory: after a wipe it shows zeros. */
export function sealedView(bytes: Buffer, length: number): Uint8Array {
  return Object.defineProperties(new Uint8Array(bytes.buffer, bytes.byteOffset, length), HIDING);
}
