import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Delivery } from '../../flow/prompts/catalogue';
import { decodeWav, type Audio } from './wav';

/** What is spoken, and how. */
export interface Speech {
  readonly text: string;
  readonly voice: string;
  readonly delivery: Delivery;
}

export type Speaker = (speech: Speech) => Promise<Audio>;

/** How to start a program: its own arguments follow `args`. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Finds a program that the command names but the machine may not have; null leaves it to the PATH. */
export type FindProgram = (name: string) => Promise<Program | null>;

/** espeak-ng keeps to the pitch range only in SSML. */
export const DEFAULT_COMMAND = 'espeak-ng -m -v {voice} -s {speed} -p {pitch} -w {output} {ssml}';

const PATIENCE_MS = 60_000;

/**
 * A text-to-speech that is any command. `{text}` (or `{ssml}`), `{voice}`, `{speed}`, `{pitch}`, `{range}` and `{output}` are
 * filled in; without `{text}` the text goes to its standard input, without `{output}` the WAV comes from its standard output.
 * No shell is involved. Rejects with a plain Error that says what to do.
 */
export async function createSpeaker(command: string, find: FindProgram): Promise<Speaker> {
  const [name = '', ...template] = splitCommand(command);
  if (name === '') throw new Error('the text-to-speech command is empty');
  const program = (await find(name)) ?? { command: name, args: [] };
  return async (speech) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'hushtone-speech-'));
    try {
      const output = path.join(folder, 'speech.wav');
      const args = template.map((argument) => fillIn(argument, speech, output));
      const stdin = /\{(?:text|ssml)\}/.test(command) ? '' : speech.text;
      const stdout = await run(program, args, stdin, name);
      return decodeSpeech(command.includes('{output}') ? await readOutput(output, name) : stdout, name);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** Splits at spaces; quotes keep words together. */
export function splitCommand(command: string): string[] {
  const words = command.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );
}

function fillIn(argument: string, { text, voice, delivery }: Speech, output: string): string {
  const values: Record<string, string> = {
    text,
    ssml: `<speak><prosody range="${delivery.range}">${escapeXml(text)}</prosody></speak>`,
    voice,
    output,
    speed: String(delivery.speed),
    pitch: String(delivery.pitch),
    range: String(delivery.range),
  };
  return argument.replace(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function decodeSpeech(wav: Buffer, name: string): Audio {
  try {
    return decodeWav(wav);
  } catch (error) {
    throw new Error(
      `"${name}" made a file that cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function readOutput(output: string, name: string): Promise<Buffer> {
  try {
    return await readFile(output);
  } catch {
    throw new Error(`"${name}" ended well but wrote no file to {output}`);
  }
}

function run(program: Program, args: readonly string[], stdin: string, name: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program.command, [...program.args, ...args], {
      env: { ...process.env, ...program.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // Not spawn's own `timeout`: its timer lives on when the program could not be started.
    const patience = setTimeout(() => child.kill(), PATIENCE_MS);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(patience);
      reject(new Error(error.code === 'ENOENT' ? notFound(name) : `"${name}" could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(patience);
      if (code === 0) resolve(Buffer.concat(stdout));
      else reject(new Error(failure(name, signal ?? `exit ${code ?? '?'}`, stderr)));
    });
    // The program may end without reading its input; its exit says what went wrong.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}

function notFound(name: string): string {
  return `the text-to-speech program "${name}" was not found; install it (on Debian: apt-get install espeak-ng) or name another one with --command`;
}

function failure(name: string, end: string, stderr: readonly Buffer[]): string {
  const lastLine = Buffer.concat(stderr).toString('utf8').trim().split('\n').at(-1) ?? '';
  return `"${name}" failed (${end})${lastLine === '' ? ' and did not say why' : `: ${lastLine}`}`;
}
