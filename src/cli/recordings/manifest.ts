import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * `recordings.json`: what the recordings of one language were made from. A file that is not the one noted here was put there
 * by a person and is never touched.
 */
export interface Manifest {
  /** The text-to-speech command of the last build, used again until another is given. */
  readonly command: string;
  readonly sounds: ReadonlyMap<string, MadeSound>;
}

export interface MadeSound {
  /** Fingerprint of the words, the voice and the command, or of the studio file. */
  readonly from: string;
  /** Fingerprint of the words that a studio file was taken for. */
  readonly words?: string | undefined;
  /** Fingerprint of each file that was written, by extension. */
  readonly files: Readonly<Record<string, string>>;
}

const MANIFEST = z.object({
  command: z.string(),
  sounds: z.record(
    z.string(),
    z.object({ from: z.string(), words: z.string().optional(), files: z.record(z.string(), z.string()) }),
  ),
});

export function fingerprint(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

/** Throws a plain Error that says what is wrong. */
export function parseManifest(text: string): Manifest {
  const { command, sounds } = MANIFEST.parse(JSON.parse(text));
  return { command, sounds: new Map(Object.entries(sounds)) };
}

/** One line per sound in alphabetical order, so that a change shows as the lines that changed. */
export function printManifest({ command, sounds }: Manifest): string {
  const lines = [...sounds.keys()].sort().map((id) => `    ${JSON.stringify(id)}: ${JSON.stringify(sounds.get(id))}`);
  return `{\n  "command": ${JSON.stringify(command)},\n  "sounds": {\n${lines.join(',\n')}\n  }\n}\n`;
}
