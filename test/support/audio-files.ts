import { readFileSync } from 'node:fs';
import { decodeG722 } from '../../src/cli/recordings/g722';
import { decodeMuLaw } from '../../src/cli/recordings/mu-law';
import { decodeWav, type Audio } from '../../src/cli/recordings/wav';

/** A 16-bit mono WAV file, as a person's studio delivers it. */
export function encodeWav({ rate, samples }: Audio): Buffer {
  const file = Buffer.alloc(44 + samples.length * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, at) => file.writeInt16LE(Math.round(sample * 32_767), 44 + at * 2));
  return file;
}

/** A recording of any format that this project plays or robots make, by its extension. */
export function readAudio(file: string): Audio {
  const content = readFileSync(file);
  if (file.endsWith('.ulaw')) return decodeMuLaw(content);
  return file.endsWith('.g722') ? decodeG722(content) : decodeWav(content);
}
