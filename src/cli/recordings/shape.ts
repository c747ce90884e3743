import type { Audio } from './wav';

/** How much silence stays around the speech, in ms. */
export interface Margins {
  readonly before: number;
  readonly after: number;
}

const FRAME_MS = 5;
/** Speech begins and ends where a frame rises above this much below the loudest one: soft enough for an "f" or a "th". */
const SPEECH_FLOOR_DB = -42;
/** Frames above this take part in the loudness. */
const LOUDNESS_FLOOR_DB = -30;
/** Loudness that prompts have on telephone networks, with room for the peaks. */
const LOUDNESS_DBFS = -20;
const PEAK_DBFS = -3;
const FADE_MS = 4;
/** Asterisk sends this much at a time; a whole number of them avoids a short packet at every joint. */
const PACKET_MS = 20;

const decibels = (db: number): number => 10 ** (db / 20);

/** Cuts the silence around the speech down to the margins, and fades the edges so that they do not click. */
export function trim({ rate, samples }: Audio, margins: Margins): Audio {
  const levels = frameLevels(samples, rate);
  const floor = Math.max(...levels, 0) * decibels(SPEECH_FLOOR_DB);
  const first = levels.findIndex((level) => level > floor);
  if (first < 0) throw new Error('it is silent');
  const last = levels.findLastIndex((level) => level > floor);
  const frame = frameSize(rate);
  const speech = samples.slice(first * frame, Math.min(samples.length, (last + 1) * frame));
  fade(speech, rate);
  const before = Math.round((margins.before * rate) / 1000);
  const after = Math.round((margins.after * rate) / 1000);
  const trimmed = new Float64Array(before + speech.length + after);
  trimmed.set(speech, before);
  return { rate, samples: trimmed };
}

/** Sets the loudness of the speech, as far as the peaks allow. */
export function level({ rate, samples }: Audio): Audio {
  const levels = frameLevels(samples, rate);
  const floor = Math.max(...levels, 0) * decibels(LOUDNESS_FLOOR_DB);
  const active = levels.filter((frame) => frame > floor);
  if (active.length === 0) return { rate, samples };
  const loudness = Math.sqrt(active.reduce((sum, frame) => sum + frame * frame, 0) / active.length);
  const gain = Math.min(decibels(LOUDNESS_DBFS) / loudness, decibels(PEAK_DBFS) / peakOf(samples));
  return { rate, samples: samples.map((sample) => sample * gain) };
}

/** Largest absolute sample. */
export function peakOf(samples: Float64Array): number {
  return samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
}

/** A flat tone with soft edges, or silence when `hz` is 0. */
export function tone(hz: number, ms: number, rate: number): Audio {
  const samples = new Float64Array(Math.round((ms * rate) / 1000));
  if (hz > 0) {
    for (let index = 0; index < samples.length; index += 1) {
      samples[index] = Math.SQRT2 * decibels(LOUDNESS_DBFS) * Math.sin((2 * Math.PI * hz * index) / rate);
    }
    fade(samples, rate);
  }
  return { rate, samples };
}

/** Adds silence up to a whole number of packets. */
export function wholeFrames({ rate, samples }: Audio): Audio {
  const packet = (rate * PACKET_MS) / 1000;
  const whole = new Float64Array(Math.ceil(samples.length / packet) * packet);
  whole.set(samples);
  return { rate, samples: whole };
}

function fade(samples: Float64Array, rate: number): void {
  const length = Math.min(Math.round((FADE_MS * rate) / 1000), Math.floor(samples.length / 2));
  for (let index = 0; index < length; index += 1) {
    const weight = (1 - Math.cos((Math.PI * index) / length)) / 2;
    samples[index] = (samples[index] ?? 0) * weight;
    samples[samples.length - 1 - index] = (samples[samples.length - 1 - index] ?? 0) * weight;
  }
}

function frameSize(rate: number): number {
  return Math.round((FRAME_MS * rate) / 1000);
}

/** Root mean square of each frame. */
function frameLevels(samples: Float64Array, rate: number): number[] {
  const frame = frameSize(rate);
  return Array.from({ length: Math.floor(samples.length / frame) }, (_, index) => {
    const part = samples.subarray(index * frame, (index + 1) * frame);
    return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / frame);
  });
}
