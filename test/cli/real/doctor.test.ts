import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runDoctor } from '../../../src/cli/doctor';

const PROJECT = path.resolve(__dirname, '..', '..', '..');

it('hushtone doctor finds a fresh clone well, with a private Asterisk that it ends again', async () => {
  const dataDir = path.join(mkdtempSync(path.join(tmpdir(), 'hushtone-doctor-')), 'data');
  const lines: string[] = [];
  const code = await runDoctor([], {
    projectDir: PROJECT,
    environment: {
      HUSHTONE_DATA_DIR: dataDir,
      HUSHTONE_HTTP_PORT: '0',
      HUSHTONE_SIP_PORT: '0',
      HUSHTONE_FLOWS_DIR: path.join(PROJECT, 'flows'),
      HUSHTONE_SOUNDS_DIR: path.join(PROJECT, 'sounds'),
    },
    print: (line) => lines.push(line),
  });
  const text = lines.join('\n');
  expect(text).toMatch(/all \d+ recordings of "en" are on Asterisk's host/);
  expect(text.split('\n').pop()).toBe('All is well.');
  expect(code).toBe(0);
  expect(readdirSync(path.dirname(dataDir))).toEqual([]);
  rmSync(path.dirname(dataDir), { recursive: true });
});
