import { encodeUlaw } from './ulaw';

const RATE = 8_000;
const KEYS = '123A456B789C*0#D';
/** ITU-T Q.23, in Hz. */
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477, 1633];
/** Each tone of a pair; together they stay below full scale. */
const TONE_LEVEL = 7_000;
/** What stands for the caller's voice: one frequency that no key has. */
const VOICE_HZ = 400;
const VOICE_LEVEL = 4_000;

/** Audio of a telephone, 8 samples per ms, as mu-law bytes; `from` is the number of the first sample. */
export type Sound = (from: number, samples: number) => Buffer;

export const silence: Sound = (_from, samples) => Buffer.alloc(samples, 0xff);

export const voice: Sound = (from, samples) => mix(from, samples, VOICE_LEVEL, [VOICE_HZ]);

/** The two tones of a key. @throws RangeError for what is no key. */
export function keyTone(key: string): Sound {
  const place = KEYS.indexOf(key);
  const row = ROWS[place >> 2];
  const column = COLUMNS[place & 3];
  if (place < 0 || key.length !== 1 || row === undefined || column === undefined)
    throw new RangeError(`"${key}" is no key`);
  return (from, samples) => mix(from, samples, TONE_LEVEL, [row, column]);
}

function mix(from: number, samples: number, level: number, frequencies: readonly number[]): Buffer {
  const bytes = Buffer.alloc(samples);
  for (let i = 0; i < samples; i++) {
    let sum = 0;
    for (const hz of frequencies) sum += level * Math.sin((2 * Math.PI * hz * (from + i)) / RATE);
    bytes[i] = encodeUlaw(sum);
  }
  return bytes;
}
