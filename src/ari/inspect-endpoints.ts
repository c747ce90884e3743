import type { Finding } from '../ports/findings';
import { AriRefused } from './ari-error';
import type { Commands } from './commands';

/** With any other, tones in the audio reach the agent as sound, and the engine gets none (measured). */
const TONES_ARE_HEARD: readonly string[] = ['auto', 'inband'];
/** As many as a person reads. */
const NAMED = 5;

/** What `pjsip.conf` says of one endpoint: attribute -> value. */
type Settings = ReadonlyMap<string, string>;

/**
 * The SIP endpoints as `pjsip.conf` has them (22.10 gives also what is not from a database): what has to be so for masking. Warnings
 * only: which endpoints bring callers is not known here, and to an agents' telephone it does no harm.
 */
export async function endpointFindings(commands: Commands): Promise<Finding[]> {
  const endpoints = await found(commands.waiting('GET /endpoints', {}));
  const names = (endpoints ?? []).filter(({ technology }) => technology === 'PJSIP').map(({ resource }) => resource);
  const settings = await Promise.all(names.map(async (name) => [name, await settingsOf(commands, name)] as const));
  const known = settings.filter((one): one is readonly [string, Settings] => one[1] !== null);
  if (known.length === 0) return [];
  const wrong = FAULTS.flatMap(({ is, found, todo }) => {
    const all = known.filter(([, one]) => is(one)).map(([name]) => name);
    return all.length === 0 ? [] : [warning(`${named(all)}: ${found}`, todo)];
  });
  return wrong.length > 0
    ? wrong
    : [ok(`${known.length} in pjsip.conf, with dtmf_mode and direct_media as they must be`)];
}

const FAULTS: readonly {
  readonly is: (settings: Settings) => boolean;
  readonly found: string;
  readonly todo: string;
}[] = [
  {
    is: (settings) => !TONES_ARE_HEARD.includes(settings.get('dtmf_mode') ?? 'auto'),
    found: 'dtmf_mode is not auto, so keys that come as tones in the audio are heard by the agent, not by the engine',
    todo: 'put "dtmf_mode = auto" into pjsip.conf for each that brings callers, then run: asterisk -rx "pjsip reload"',
  },
  {
    is: (settings) => settings.get('direct_media') === 'true',
    found: 'direct_media is on, so telephones may exchange audio without Asterisk',
    todo: 'put "direct_media = no" into pjsip.conf for each that brings callers, then run: asterisk -rx "pjsip reload"',
  },
];

async function settingsOf(commands: Commands, name: string): Promise<Settings | null> {
  const place = { configClass: 'res_pjsip', objectType: 'endpoint', id: name };
  const tuples = await found(commands.waiting('GET /asterisk/config/dynamic/{configClass}/{objectType}/{id}', place));
  return tuples === null ? null : new Map(tuples.map(({ attribute, value }) => [attribute, value]));
}

/** Null: this Asterisk does not tell. */
async function found<T>(asking: Promise<T>): Promise<T | null> {
  try {
    return (await asking) ?? null;
  } catch (error) {
    if (error instanceof AriRefused) return null;
    throw error;
  }
}

function named(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return names.slice(0, NAMED).join(', ') + more;
}

function ok(words: string): Finding {
  return { about: 'endpoints', level: 'ok', found: words, todo: '' };
}

function warning(words: string, todo: string): Finding {
  return { about: 'endpoints', level: 'warning', found: words, todo };
}
