'use strict';

/**
 * A text-to-speech for tests: `node fake-speech.cjs LOG OUTPUT TEXT` writes a tone as long as the text, with silence around it,
 * and notes the text in LOG. OUTPUT `-` writes to standard output, TEXT `-` reads standard input. The text "fail" fails.
 */
const fs = require('node:fs');

const [log, output, given] = process.argv.slice(2);
const text = given === '-' ? fs.readFileSync(0, 'utf8') : given;
fs.appendFileSync(log, `${text}\n`);
if (text === 'fail') {
  process.stderr.write('starting\nno such voice\n');
  process.exit(3);
}
const rate = 22050;
const silence = rate * 0.3;
const length = Math.round((rate * (100 + 20 * text.length)) / 1000);
const pcm = Buffer.alloc(2 * (silence * 2 + length));
for (let index = 0; index < length; index += 1) {
  pcm.writeInt16LE(Math.round(9000 * Math.sin((2 * Math.PI * 300 * index) / rate)), 2 * (silence + index));
}
const header = Buffer.alloc(44);
header.write('RIFF', 0);
header.writeUInt32LE(0x7ffff024, 4);
header.write('WAVEfmt ', 8);
header.writeUInt32LE(16, 16);
header.writeUInt16LE(1, 20);
header.writeUInt16LE(1, 22);
header.writeUInt32LE(rate, 24);
header.writeUInt32LE(rate * 2, 28);
header.writeUInt16LE(2, 32);
header.writeUInt16LE(16, 34);
header.write('data', 36);
header.writeUInt32LE(0x7ffff000, 40);
const file = Buffer.concat([header, pcm]);
if (output === '-') process.stdout.write(file);
else fs.writeFileSync(output, file);
