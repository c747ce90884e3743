/** Prints, as JSON, what an independent library makes of the numbers it reads as JSON: `[[indian, british, american], ...]`. */
import { readFileSync } from 'node:fs';
import { toCardinal as british } from 'n2words/en-GB';
import { toCardinal as indian } from 'n2words/en-IN';
import { toCardinal as american } from 'n2words/en-US';

const numbers = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(numbers.map((number) => [indian(number), british(number), american(number)])));
