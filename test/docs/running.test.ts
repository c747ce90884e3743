import { readFileSync } from 'node:fs';
import { readConfig, type Config } from '../../src/config';
import { isError } from '../../src/errors';

const PAGE = readFileSync('docs/operators/running.md', 'utf8');

/** Setting, and its default as the page has it. */
const ROWS = new Map(
  [...PAGE.matchAll(/^\| `(HUSHTONE_\w+)` +\| (\S+) +\|/gm)].map((row): [string, string] => [
    row[1] ?? '',
    (row[2] ?? '').replaceAll('`', ''),
  ]),
);

const OWN_ASTERISK = { HUSHTONE_ARI_URL: 'http://127.0.0.1:8088', HUSHTONE_ARI_PASSWORD: 'p' };
const read = (environment: Record<string, string>): Config =>
  readConfig({ ...OWN_ASTERISK, ...environment }, '/srv/hushtone');

/** What the engine itself lists when it is given a name that it does not know. */
function settings(): readonly string[] {
  try {
    readConfig({ HUSHTONE_NO_SUCH_SETTING: '1' }, '/srv/hushtone');
  } catch (error) {
    if (!isError(error, 'config-invalid')) throw error;
    return (/the settings are (.*)/.exec(error.detail)?.[1] ?? '').split(', ');
  }
  return [];
}

describe('docs/operators/running.md', () => {
  it('has every setting, and no other', () => {
    // The last is not the engine's: `hushtone prompts build` reads it.
    expect([...ROWS.keys()].sort()).toEqual([...settings(), 'HUSHTONE_TTS_COMMAND'].sort());
  });

  it('says the right default of each', () => {
    const withDefault = [...ROWS].filter(([, value]) => value !== '–');
    for (const [name, value] of withDefault) expect(read({ [name]: value })).toEqual(read({}));
    const without = [...ROWS].filter(([, value]) => value === '–').map(([name]) => name);
    expect(without.sort()).toEqual([
      'HUSHTONE_ARI_PASSWORD',
      'HUSHTONE_ARI_PASSWORD_FILE',
      'HUSHTONE_ARI_URL',
      'HUSHTONE_ASTERISK_SIGNED_OFF',
      'HUSHTONE_CONNECTOR_HOSTS',
      'HUSHTONE_DEBIAN_MIRROR',
      'HUSHTONE_PUBLIC_URL',
      'HUSHTONE_SECRETS_FILE',
      'HUSHTONE_TTS_COMMAND',
    ]);
    expect(readConfig({}, '/srv/hushtone')).toMatchObject({ ari: null, publicUrl: null, secretsFile: null });
  });
});
