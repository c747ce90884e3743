import { spawn } from 'node:child_process';
import type { HeardPacket } from './media-stream';
import { decodeUlaw } from './ulaw';

const PCMU = 0;
const RATE = 8_000;
/** multimon-ng reads raw sound at this rate only. */
const DECODER_RATE = 22_050;
const FRAME_SAMPLES = 160;
/** Louder than this is no silence: two steps of mu-law, which is what rounding may leave of it. */
const SILENCE_PEAK = 16;

/** What somebody at a telephone could have got out of the packets that reached it. */
export interface Overheard {
  readonly packets: number;
  /** Packets of any kind but audio: telephone-events. */
  readonly telephoneEvents: number;
  /** Keys told by the telephone-events, each once. */
  readonly eventKeys: string;
  /** Keys that the decoder found in the sound. */
  readonly toneKeys: string;
  /** ms of sound that are not silence. */
  readonly loudMs: number;
}

const EVENT_KEYS = '0123456789*#ABCD';

/** A program that finds DTMF in sound: command line without a file, reading standard input. */
export type ToneDecoder = readonly [command: string, ...args: string[]];

export async function overheard(packets: readonly HeardPacket[], decoder: ToneDecoder): Promise<Overheard> {
  const events = packets.filter(({ payloadType }) => payloadType !== PCMU);
  const starts = new Map(events.map(({ timestamp, payload }) => [timestamp, EVENT_KEYS[payload[0] ?? 0] ?? '?']));
  return {
    packets: packets.length,
    telephoneEvents: events.length,
    eventKeys: [...starts.values()].join(''),
    toneKeys: await decodeTones(soundOf(packets), decoder),
    loudMs: loudMsOf(packets),
  };
}

/** How many keys the telephone-events tell. */
export function keysTold(packets: readonly HeardPacket[]): number {
  return new Set(packets.filter(({ payloadType }) => payloadType !== PCMU).map(({ timestamp }) => timestamp)).size;
}

/** ms of sound that are not silence. */
export function loudMsOf(packets: readonly HeardPacket[]): number {
  const loud = packets.filter(({ payloadType, payload }) => payloadType === PCMU && isLoud(payload));
  return loud.reduce((ms, { payload }) => ms + payload.length / 8, 0);
}

/** The sound of each audio packet, 8 samples per ms. */
export function soundsOf(packets: readonly HeardPacket[]): Int16Array[] {
  const audio = packets.filter(({ payloadType }) => payloadType === PCMU);
  return audio.map(({ payload }) => Int16Array.from(payload, decodeUlaw));
}

/** The sound of all audio packets, 8 samples per ms, in the order of their timestamps, silence where packets are missing (at most a second of it). */
function soundOf(packets: readonly HeardPacket[]): Int16Array {
  const audio = packets.filter(({ payloadType }) => payloadType === PCMU);
  const ordered = [...audio].sort((a, b) => (a.timestamp - b.timestamp) | 0);
  const samples: number[] = [];
  let expected = ordered[0]?.timestamp ?? 0;
  for (const { timestamp, payload } of ordered) {
    const missing = Math.min(Math.max(0, (timestamp - expected) | 0), RATE);
    for (let i = 0; i < missing; i++) samples.push(0);
    for (const byte of payload) samples.push(decodeUlaw(byte));
    expected = timestamp + payload.length;
  }
  return Int16Array.from(samples);
}

function isLoud(payload: Buffer): boolean {
  return payload.some((byte) => Math.abs(decodeUlaw(byte)) > SILENCE_PEAK);
}

/** Runs the decoder over the sound, with some silence behind it so that the last key ends. */
async function decodeTones(sound: Int16Array, [command, ...args]: ToneDecoder): Promise<string> {
  const length = Math.floor(((sound.length + 10 * FRAME_SAMPLES) * DECODER_RATE) / RATE);
  const raw = Buffer.alloc(length * 2);
  for (let i = 0; i < length; i++) {
    const place = (i * RATE) / DECODER_RATE;
    const before = sound[Math.floor(place)] ?? 0;
    const after = sound[Math.floor(place) + 1] ?? 0;
    raw.writeInt16LE(Math.round(before + (after - before) * (place % 1)), i * 2);
  }
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(raw);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}`);
  return [...said.matchAll(/^DTMF: (.)/gm)].map(([, key]) => key).join('');
}
