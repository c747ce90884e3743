import type { CardVault } from '../ports/card-vault';
import type { SealedPart } from './ast';
import { unpooled } from './unpooled';

interface SealedPiece {
  readonly ref: string;
  readonly part: SealedPart;
}

/**
 * Collects the pieces of a request body and joins them in one Buffer outside the pool. Card digits stay references until the
 * join, and are copied from the vault straight to their place; no string and no second Buffer ever holds them.
 */
export class BodyBytes {
  private readonly pieces: (Buffer | SealedPiece)[] = [];

  text(text: string): void {
    this.pieces.push(Buffer.from(text, 'utf8'));
  }

  sealed(ref: string, part: SealedPart): void {
    this.pieces.push({ ref, part });
  }

  /** Takes the last piece back. */
  dropLast(): void {
    this.pieces.pop();
  }

  /**
   * Joins everything. The caller wipes the Buffer.
   *
   * @throws HushtoneError `vault-sealed` when a slot is gone, Error when one holds something else than digits; then nothing is left.
   */
  build(vault: CardVault): Buffer {
    const body = unpooled(this.pieces.reduce((sum, piece) => sum + lengthOf(piece, vault), 0));
    try {
      let at = 0;
      for (const piece of this.pieces)
        at += Buffer.isBuffer(piece) ? piece.copy(body, at) : copySealed(piece, vault, body, at);
      return body;
    } catch (error) {
      body.fill(0);
      throw error;
    }
  }
}

/** Where the parts of an expiry stand; it is kept as it was keyed, MMYY. */
const PARTS: Readonly<
  Record<SealedPart, { readonly before: string; readonly from: number; readonly to: number | undefined }>
> = {
  all: { before: '', from: 0, to: undefined },
  month: { before: '', from: 0, to: 2 },
  year: { before: '', from: 2, to: 4 },
  full_year: { before: '20', from: 2, to: 4 },
};

function lengthOf(piece: Buffer | SealedPiece, vault: CardVault): number {
  if (Buffer.isBuffer(piece)) return piece.length;
  const { before, from, to } = PARTS[piece.part];
  return vault.lend(piece.ref, (digits) => before.length + digits.subarray(from, to).length);
}

function copySealed(piece: SealedPiece, vault: CardVault, body: Buffer, at: number): number {
  const { before, from, to } = PARTS[piece.part];
  body.write(before, at, 'latin1');
  return vault.lend(piece.ref, (digits) => {
    const part = digits.subarray(from, to);
    // Digits need no escaping in JSON; anything else would, and cannot have been keyed.
    if (!part.every((byte) => byte >= 0x30 && byte <= 0x39))
      throw new Error('a sensitive input holds something else than digits');
    body.set(part, at + before.length);
    return before.length + part.length;
  });
}
