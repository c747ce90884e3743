const KEYS = '0123456789*#ABCD';
const SAMPLES_PER_MS = 8;
const PACKET_MS = 20;
/** RFC 4733, section 2.5.1.4: the end of an event is told three times. */
const END_PACKETS = 3;
const BETWEEN_ENDS_MS = 5;
/** -10 dBm0. */
const VOLUME = 10;
const END_BIT = 0x80;

/** One packet of one key: when it is due, and what it carries. All packets of a key have the timestamp of its start. */
export interface EventPacket {
  /** From the start of the key, in ms. */
  readonly atMs: number;
  /** Set on the first packet of the key (RFC 4733, section 2.5.1.1). */
  readonly marker: boolean;
  readonly payload: Buffer;
}

/** Event code of a key (RFC 4733, table 3). @throws RangeError for what is no key. */
export function eventCode(key: string): number {
  const code = KEYS.indexOf(key);
  if (code < 0 || key.length !== 1) throw new RangeError(`"${key}" is no key`);
  return code;
}

/** The packets of one key that is held for `toneMs`: one each 20 ms with the duration so far, then its end, three times. */
export function eventPackets(key: string, toneMs: number): EventPacket[] {
  const code = eventCode(key);
  const packets: EventPacket[] = [];
  for (let atMs = 0; atMs < toneMs; atMs += PACKET_MS) {
    const soFar = Math.min(atMs + PACKET_MS, toneMs);
    packets.push({ atMs, marker: atMs === 0, payload: payload(code, false, soFar) });
  }
  for (let nth = 0; nth < END_PACKETS; nth++) {
    packets.push({ atMs: toneMs + nth * BETWEEN_ENDS_MS, marker: false, payload: payload(code, true, toneMs) });
  }
  return packets;
}

function payload(code: number, end: boolean, durationMs: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes[0] = code;
  bytes[1] = (end ? END_BIT : 0) | VOLUME;
  bytes.writeUInt16BE(durationMs * SAMPLES_PER_MS, 2);
  return bytes;
}
