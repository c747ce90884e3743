import path from 'node:path';
import { provisionedRoot } from '../../../src/asterisk/provision';
import { unpackedCommand } from '../../../src/asterisk/unpacked';
import type { HeardPacket } from '../../../src/lab/phone/media-stream';
import { overheard, type ToneDecoder } from '../../../src/lab/phone/overheard';
import { keyTone, silence, voice, type Sound } from '../../../src/lab/phone/sound';
import { eventPackets } from '../../../src/lab/phone/telephone-event';

const PROJECT = path.resolve(__dirname, '..', '..', '..');

function decoder(): ToneDecoder {
  const root = provisionedRoot(PROJECT, 'tones');
  if (root === undefined) throw new Error('multimon-ng is not provisioned');
  const { command, args } = unpackedCommand(root, 'usr/bin/multimon-ng');
  return [command, ...args, '-q', '-a', 'DTMF', '-t', 'raw', '-'];
}

let sequence = 0;
function packet(payloadType: number, timestamp: number, payload: Buffer): HeardPacket {
  return { payloadType, timestamp, payload, marker: false, sequence: ++sequence, ssrc: 1, at: timestamp / 8 };
}

/** One sound after another, each so many frames of 20 ms long. */
function audio(...parts: readonly (readonly [Sound, number])[]): HeardPacket[] {
  const packets: HeardPacket[] = [];
  for (const [sound, frames] of parts) {
    for (let i = 0; i < frames; i++) {
      const timestamp = packets.length * 160;
      packets.push(packet(0, timestamp, sound(timestamp, 160)));
    }
  }
  return packets;
}

describe('what can be overheard', () => {
  it('finds every key in tones', async () => {
    const keys = '4111111111111111';
    const parts = Array.from(keys).flatMap((key): [Sound, number][] => [
      [keyTone(key), 5],
      [silence, 5],
    ]);
    const found = await overheard(audio(...parts), decoder());
    expect(found.toneKeys).toBe(keys);
    expect(found.loudMs).toBe(16 * 100);
    expect(found.telephoneEvents).toBe(0);
  });

  it('finds every key in telephone-events, however often each is told', async () => {
    const packets = Array.from('4155#').flatMap((key, index) =>
      eventPackets(key, 100).map(({ payload }) => packet(101, index * 1_600, payload)),
    );
    const found = await overheard(packets, decoder());
    expect(found.eventKeys).toBe('4155#');
    expect(found.telephoneEvents).toBe(5 * 8);
  });

  it('finds nothing in silence, and no key in a voice', async () => {
    expect(await overheard(audio([silence, 50]), decoder())).toMatchObject({ toneKeys: '', loudMs: 0 });
    expect(await overheard(audio([voice, 50]), decoder())).toMatchObject({ toneKeys: '', loudMs: 1_000 });
  });
});
