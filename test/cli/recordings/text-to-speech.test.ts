import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSpeaker, splitCommand, type Speech } from '../../../src/cli/recordings/text-to-speech';

const FAKE = path.join(__dirname, 'fake-speech.cjs');
const onPath = (): Promise<null> => Promise.resolve(null);
const speech = (text: string): Speech => ({ text, voice: 'anna', delivery: { speed: 150, pitch: 40, range: 30 } });

describe('a text-to-speech command', () => {
  let folder: string;
  let log: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'hushtone-speech-test-'));
    log = path.join(folder, 'log');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([
    [
      'a file and an argument',
      '{output} "{text} {voice} {speed} {pitch} {range} {unknown}"',
      'Hi & bye anna 150 40 30 {unknown}',
    ],
    ['standard output and input', '- -', 'Hi & bye'],
    [
      'SSML, with what XML reserves escaped',
      '{output} {ssml}',
      '<speak><prosody range="30">Hi &amp; bye</prosody></speak>',
    ],
  ])('is used through %s', async (_, args, heard) => {
    const speak = await createSpeaker(`node "${FAKE}" '${log}' ${args}`, onPath);
    const audio = await speak(speech('Hi & bye'));
    expect(audio.rate).toBe(22_050);
    expect(audio.samples.length).toBeGreaterThan(10_000);
    expect(readFileSync(log, 'utf8')).toBe(`${heard}\n`);
  });

  it('starts the program that was found for it', async () => {
    const asked: string[] = [];
    const speak = await createSpeaker(`some-speech '${log}' {output} {text}`, (name) => {
      asked.push(name);
      return Promise.resolve({ command: process.execPath, args: [FAKE], env: { SOME: 'thing' } });
    });
    await speak(speech('Hello'));
    expect(asked).toEqual(['some-speech']);
    expect(readFileSync(log, 'utf8')).toBe('Hello\n');
  });

  it.each([
    [
      'no-such-program-here {output} {text}',
      'the text-to-speech program "no-such-program-here" was not found; install it (on Debian: apt-get install espeak-ng) or name another one with --command',
    ],
    [`node ${FAKE} LOG {output} {text}`, '"node" failed (exit 3): no such voice'],
    ['false', '"false" failed (exit 1) and did not say why'],
    ['true {output} {text}', '"true" ended well but wrote no file to {output}'],
    ['echo {text}', '"echo" made a file that cannot be used: it is not a WAV file'],
  ])('that does not work is explained: %s', async (command, message) => {
    const speak = await createSpeaker(command.replace('LOG', log), onPath);
    await expect(speak(speech('fail'))).rejects.toThrow(message);
  });

  it('must not be empty', async () => {
    await expect(createSpeaker('  ', onPath)).rejects.toThrow('the text-to-speech command is empty');
  });

  it('is split at spaces outside quotes', () => {
    expect(splitCommand(`a "b c" --d='e f' g`)).toEqual(['a', 'b c', '--d=e f', 'g']);
  });
});
