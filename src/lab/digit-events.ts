/** A key event as switches write it: `"digit":"4"` (ARI, CEL), `Digit: 4` (AMI), `Signal=4` (SIP INFO); or as a log might. */
const EVENT = /^(?:digit|dtmf|key|signal)"?\s*[:=]\s*"?([0-9])(?![0-9])/i;
const WORDS = ['digit', 'Digit', 'dtmf', 'DTMF', 'key', 'Key', 'signal', 'Signal'];
const TIME = /"timestamp"\s*:\s*"([^"]{10,40})"/g;
/** An event's time stands this close (bytes): before the digit in ARI's events, after it elsewhere. */
const REACH = 300;

interface DigitEvent {
  readonly at: number;
  /** Which word introduced it: events of different kinds are read apart. */
  readonly kind: string;
  readonly digit: string;
  readonly time: string | null;
}

/**
 * Collects single-digit key events from a stream of bytes that comes in pieces. Somebody who reads them in order, or sorts
 * them by their times, has the number, although it stands nowhere in one piece.
 */
export class DigitEvents {
  private readonly events = new Map<number, DigitEvent>();
  private tail = Buffer.alloc(0);
  private tailAt = 0;

  push(piece: Buffer): void {
    const joined = this.tail.length === 0 ? piece : Buffer.concat([this.tail, piece]);
    for (const word of WORDS) {
      for (let at = joined.indexOf(word); at >= 0; at = joined.indexOf(word, at + 1)) this.read(joined, at, word);
    }
    const keep = Math.max(0, joined.length - 3 * REACH);
    this.tailAt += keep;
    this.tail = Buffer.from(joined.subarray(keep));
  }

  /** How many times the needle can be read off the events, in the order they stand or in that of their times. */
  readable(needle: Buffer): number {
    const digits = needle.toString('latin1');
    const kinds = new Map<string, DigitEvent[]>();
    for (const event of this.events.values()) kinds.set(event.kind, [...(kinds.get(event.kind) ?? []), event]);
    let most = 0;
    for (const events of kinds.values()) {
      most = Math.max(most, occurrences(asTheyStand(events), digits), occurrences(byTime(events), digits));
    }
    return most;
  }

  private read(bytes: Buffer, at: number, word: string): void {
    const place = this.tailAt + at;
    const known = this.events.get(place);
    if (known !== undefined && known.time !== null) return;
    const digit = EVENT.exec(bytes.toString('latin1', at, at + 24))?.[1];
    if (digit === undefined) return;
    this.events.set(place, { at: place, kind: word.toLowerCase(), digit, time: timeNear(bytes, at) });
  }
}

function timeNear(bytes: Buffer, at: number): string | null {
  const before = [...bytes.toString('latin1', Math.max(0, at - REACH), at).matchAll(TIME)].at(-1);
  const after = [...bytes.toString('latin1', at, at + REACH).matchAll(TIME)][0];
  return (before ?? after)?.[1] ?? null;
}

function asTheyStand(events: readonly DigitEvent[]): string {
  const standing = [...events].sort((a, b) => a.at - b.at);
  return standing.map(({ digit }) => digit).join('');
}

/** Copies of one event (the frame, its text, its parsed form) count once. */
function byTime(events: readonly DigitEvent[]): string {
  const timed = new Map<string, string>();
  for (const { time, digit } of events) if (time !== null) timed.set(`${time} ${digit}`, digit);
  const sorted = [...timed].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, digit]) => digit).join('');
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) count++;
  return count;
}
