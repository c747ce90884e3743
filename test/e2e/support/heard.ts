import { existsSync } from 'node:fs';
import path from 'node:path';
import { readAudio } from '../../support/audio-files';

const PROJECT = path.resolve(__dirname, '..', '..', '..');
/** 20 ms, as Asterisk plays, sends and records. */
const FRAME_SAMPLES = 160;
const FULL_SCALE = 32_768;
/** Frames that are never louder are all alike. */
const QUIET_PEAK = 500;
/**
 * Of a prompt's frames: one that was played has all but those that a busy machine lost, or that came with the answer, before a
 * robot's ears were open: up to a second. Measured, another one has 0.07.
 */
const WHOLE = 0.5;

/** What somebody heard, in which prompts can be looked for: nothing on the way changes a sample. */
export class Hearing {
  private readonly inTurn: readonly string[];
  private readonly frames: ReadonlySet<string>;

  private constructor(frames: readonly Int16Array[]) {
    this.inTurn = frames.map(print);
    this.frames = new Set(this.inTurn);
  }

  static ofFile(file: string): Hearing {
    return new Hearing(framesOf(file));
  }

  /** @param packets sound of each, 16 bits */
  static ofPackets(packets: readonly Int16Array[]): Hearing {
    return new Hearing(packets);
  }

  /** How much of the prompt was heard, 0 to 1. A prompt is named as under `sounds/<language>/`: `words/one`. */
  share(prompt: string, language = 'en'): number {
    const frames = promptFrames(prompt, language);
    return frames.filter((frame) => this.frames.has(frame)).length / frames.length;
  }

  /** True when the prompt was heard whole, but for what a busy machine loses. */
  has(prompt: string, language = 'en'): boolean {
    return this.share(prompt, language) >= WHOLE;
  }

  /** How much of the prompts was heard one after the other, 0 to 1; what was heard between them does not count. */
  shareInTurn(prompts: readonly string[], language: string): number {
    const wanted = prompts.flatMap((prompt) => promptFrames(prompt, language));
    return longestInCommon(wanted, this.inTurn) / wanted.length;
  }
}

/** Length of the longest row that is in both, with anything between. */
function longestInCommon(wanted: readonly string[], heard: readonly string[]): number {
  // For each beginning of `wanted`, what of it is in the part of `heard` that was looked at.
  const found = new Int32Array(wanted.length + 1);
  for (const frame of heard) {
    let shorter = 0;
    for (const [at, want] of wanted.entries()) {
      const before = found[at + 1] ?? 0;
      found[at + 1] = want === frame ? shorter + 1 : Math.max(before, found[at] ?? 0);
      shorter = before;
    }
  }
  return found[wanted.length] ?? 0;
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
function promptFrames(id: string, language: string): readonly string[] {
  const known = prompts.get(`${language}/${id}`);
  if (known !== undefined) return known;
  const files = recordingsOf(path.join(PROJECT, 'sounds', language, id));
  if (files.length === 0) throw new Error(`there is no recording of "${id}"`);
  const frames = files
    .flatMap(framesOf)
    .filter((frame) => frame.some((sample) => Math.abs(sample) > QUIET_PEAK))
    .map(print);
  prompts.set(`${language}/${id}`, frames);
  return frames;
}

/** One, or one before and one after the value that is said with it. */
function recordingsOf(prompt: string): string[] {
  return ['', '.1', '.2'].map((part) => `${prompt}${part}.ulaw`).filter((file) => existsSync(file));
}

function framesOf(file: string): Int16Array[] {
  const samples = Int16Array.from(readAudio(file).samples, (sample) => Math.round(sample * FULL_SCALE));
  const count = Math.floor(samples.length / FRAME_SAMPLES);
  return Array.from({ length: count }, (_, at) => samples.subarray(at * FRAME_SAMPLES, (at + 1) * FRAME_SAMPLES));
}

function print(frame: Int16Array): string {
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('latin1');
}
