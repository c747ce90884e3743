import { randomBytes } from 'node:crypto';
import { MediaStream, type HeardPacket } from '../../../src/lab/phone/media-stream';
import type { MediaDescription } from '../../../src/lab/phone/sdp';
import { SRTP_KEY_BYTES } from '../../../src/lab/phone/srtp';

const EVENT = 101;
const open: MediaStream[] = [];

afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});

/** Two sockets of this machine, the first sending to the second. */
async function pair(change: Partial<MediaDescription> = {}, key: Buffer | null = null): Promise<MediaStream[]> {
  const streams = [await MediaStream.open('127.0.0.1'), await MediaStream.open('127.0.0.1')] as const;
  open.push(...streams);
  const [from, to] = streams;
  const remote = { address: '127.0.0.1', telephoneEvent: EVENT, direction: 'sendrecv', srtpKey: key } as const;
  from.connect({ ...remote, port: to.port, ...change }, key);
  to.connect({ ...remote, port: from.port }, key);
  return [...streams];
}

function eventsOf(stream: MediaStream | undefined): readonly HeardPacket[] {
  return stream?.heard.filter(({ payloadType }) => payloadType === EVENT) ?? [];
}

describe('a media stream', () => {
  it('sends each key with the tone and gap that were asked for', async () => {
    const [from, to] = await pair();
    await from?.pressAsEvents('12', { toneMs: 50, gapMs: 30 });
    const events = eventsOf(to);
    expect(events).toHaveLength(12);
    const [first = 0, second = 0] = [...new Set(events.map(({ timestamp }) => timestamp))];
    expect(second - first).toBe(80 * 8);
    expect(events.filter(({ marker }) => marker)).toHaveLength(2);
    const ends = events.filter(({ payload }) => (payload.readUInt8(1) & 0x80) !== 0);
    expect(ends.map(({ payload }) => payload.readUInt16BE(2))).toEqual(Array(6).fill(50 * 8));
  });

  it('loses packets and brings others late, as told, and they keep their numbers', async () => {
    const [from, to] = await pair();
    await from?.pressAsEvents('5', { toneMs: 60, gapMs: 100 }, ({ nth }) => {
      if (nth === 0) return 'lost';
      return nth === 1 ? { lateMs: 30 } : null;
    });
    const events = eventsOf(to);
    const numbers = events.map(({ sequence }) => sequence);
    expect(numbers).toHaveLength(5);
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(1);
  });

  it('is understood with its SRTP key, and not without', async () => {
    const key = randomBytes(SRTP_KEY_BYTES);
    const [from, to] = await pair({}, key);
    await from?.pressAsEvents('5', { toneMs: 40, gapMs: 40 });
    expect(to?.unreadable).toBe(0);
    expect(eventsOf(to)).toHaveLength(5);
    const [sender, receiver] = await pair({}, key);
    receiver?.connect(
      {
        address: '127.0.0.1',
        port: 9,
        telephoneEvent: EVENT,
        direction: 'sendrecv',
        srtpKey: randomBytes(SRTP_KEY_BYTES),
      },
      key,
    );
    await sender?.rest(100);
    expect(receiver?.heard).toEqual([]);
    expect(receiver?.unreadable).toBeGreaterThan(0);
  });

  it('sends nothing to a side that does not listen', async () => {
    const [from, to] = await pair({ direction: 'inactive' });
    await from?.rest(100);
    expect(to?.heard).toEqual([]);
  });

  it('lets nobody wait once it is closed', async () => {
    const [from] = await pair();
    const pressed = from?.pressAsEvents('1234567890', { toneMs: 100, gapMs: 100 });
    from?.close();
    await expect(pressed).resolves.toBeUndefined();
    await expect(from?.rest(60_000)).resolves.toBeUndefined();
  });
});
