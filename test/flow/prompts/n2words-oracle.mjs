/** Prints, as JSON, what an independent library makes of the numbers it reads as JSON: for each number its words per key. */
import { readFileSync } from 'node:fs';
import { toCardinal as british } from 'n2words/en-GB';
import { toCardinal as indian } from 'n2words/en-IN';
import { toCardinal as american } from 'n2words/en-US';
import { toCardinal as spanish } from 'n2words/es-MX';
import { toCardinal as hindi } from 'n2words/hi-IN';

const numbers = JSON.parse(readFileSync(0, 'utf8'));
const words = numbers.map((number) => ({
  indian: indian(number),
  british: british(number),
  american: american(number),
  spanish: spanish(number),
  hindi: hindi(number),
}));
process.stdout.write(JSON.stringify(words));
