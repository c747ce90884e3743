import { existsSync } from 'node:fs';
import path from 'node:path';
import { readAudio } from '../../support/audio-files';

const PROJECT = path.resolve(__dirname, '..', '..', '..');
/** 20 ms, as Asterisk plays, sends and records. */
const FRAME_SAMPLES = 160;
const FULL_SCALE = 32_768;
/** Frames that are never louder are all alike. */
const QUIET_PEAK = 500;
/** Of a prompt's frames: one that was played has all but those that a busy machine lost; measured, another one has 0.07. */
const WHOLE = 0.7;

/** What somebody heard, in which prompts can be looked for: nothing on the way changes a sample. */
export class Hearing {
  private readonly frames: ReadonlySet<string>;

  private constructor(frames: readonly Int16Array[]) {
    this.frames = new Set(frames.map(print));
  }

  static ofFile(file: string): Hearing {
    return new Hearing(framesOf(file));
  }

  /** @param packets sound of each, 16 bits */
  static ofPackets(packets: readonly Int16Array[]): Hearing {
    return new Hearing(packets);
  }

  /** How much of the prompt was heard, 0 to 1. */
  share(prompt: string, language = 'en'): number {
    const frames = promptFrames(`${language}/${prompt}`);
    return frames.filter((frame) => this.frames.has(frame)).length / frames.length;
  }

  /** True when the prompt was heard whole, but for what a busy machine loses. */
  has(prompt: string, language = 'en'): boolean {
    return this.share(prompt, language) >= WHOLE;
  }
}

/** Each of the prompts was heard whole, and none of the others. */
export function expectPrompts(hearing: Hearing, heard: readonly string[], unheard: readonly string[] = []): void {
  const wrong = [
    ...heard.filter((prompt) => !hearing.has(prompt)).map((prompt) => ['not heard', prompt]),
    ...unheard.filter((prompt) => hearing.has(prompt)).map((prompt) => ['heard', prompt]),
  ];
  expect(wrong.map(([what, prompt = '']) => [what, prompt, hearing.share(prompt)])).toEqual([]);
}

const prompts = new Map<string, readonly string[]>();

/** Those of its frames in which something is said. */
function promptFrames(id: string): readonly string[] {
  const file = path.join(PROJECT, 'sounds', `${id}.ulaw`);
  if (!existsSync(file)) throw new Error(`there is no recording of "${id}"`);
  const known = prompts.get(id);
  if (known !== undefined) return known;
  const frames = framesOf(file)
    .filter((frame) => frame.some((sample) => Math.abs(sample) > QUIET_PEAK))
    .map(print);
  prompts.set(id, frames);
  return frames;
}

function framesOf(file: string): Int16Array[] {
  const samples = Int16Array.from(readAudio(file).samples, (sample) => Math.round(sample * FULL_SCALE));
  const count = Math.floor(samples.length / FRAME_SAMPLES);
  return Array.from({ length: count }, (_, at) => samples.subarray(at * FRAME_SAMPLES, (at + 1) * FRAME_SAMPLES));
}

function print(frame: Int16Array): string {
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('latin1');
}
