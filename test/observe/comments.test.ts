import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const SRC = path.resolve(__dirname, '../../src');
/** Not part of the engine's process: the robots' side and the gateway's. */
const OTHER_PROCESSES = ['lab', 'sandbox'];

/** Node keeps the text of every file it loads, comments included, where a search of its memory finds it. */
it('no file of the engine holds a card number, not even in a comment', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.(ts|js)$/.test(file) && !OTHER_PROCESSES.includes(file.split(path.sep)[0] ?? ''),
  );
  const holding = files.filter((file) =>
    /\b[3-6][0-9]{12,18}\b|\b[3-6][0-9]{3}(?:[ -][0-9]{4}){3}\b/.test(readFileSync(path.join(SRC, file), 'utf8')),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(holding).toEqual([]);
});
