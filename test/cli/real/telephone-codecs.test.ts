import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PrivateAsterisk, startPrivateAsterisk } from '../../../src/asterisk/private-asterisk';
import { decodeG722 } from '../../../src/cli/recordings/g722';
import { decodeMuLaw } from '../../../src/cli/recordings/mu-law';
import { decodeWav, type Audio } from '../../../src/cli/recordings/wav';

const PROJECT = path.join(__dirname, '../../..');
const RECORDING = path.join(PROJECT, 'sounds', 'en', 'enter-card-number');

let asterisk: PrivateAsterisk;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hushtone-codecs-'));
  asterisk = await startPrivateAsterisk({
    projectDir: PROJECT,
    configDir: path.join(PROJECT, 'asterisk-config'),
    soundsDir: path.join(PROJECT, 'sounds'),
    sipPort: 0,
    name: 'hushtone-codecs',
  });
  await asterisk.control('module load res_convert.so');
});

afterAll(async () => {
  await asterisk.stop();
  rmSync(folder, { recursive: true });
});

/** What Asterisk itself makes of a recording. */
async function convert(source: string, target: string): Promise<Audio> {
  const file = path.join(folder, target);
  expect(await asterisk.control(`file convert ${source} ${file}`)).toMatch(/^Converted /);
  return decodeWav(readFileSync(file));
}

/** Samples that differ, as far as both go. */
function differences(ours: Audio, theirs: Audio): number {
  const length = Math.min(ours.samples.length, theirs.samples.length);
  expect(length).toBeGreaterThan(ours.samples.length * 0.95);
  return ours.samples.subarray(0, length).filter((sample, at) => Math.abs(sample - (theirs.samples[at] ?? 9)) > 1e-4)
    .length;
}

it('reads G.722 as Asterisk does, sample for sample', async () => {
  const theirs = await convert(`${RECORDING}.g722`, 'heard.wav16');
  expect(differences(decodeG722(readFileSync(`${RECORDING}.g722`)), theirs)).toBe(0);
});

it('reads mu-law as Asterisk does, sample for sample', async () => {
  const theirs = await convert(`${RECORDING}.ulaw`, 'heard.wav');
  expect(differences(decodeMuLaw(readFileSync(`${RECORDING}.ulaw`)), theirs)).toBe(0);
});
