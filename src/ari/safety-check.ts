import { isSupportedVersion } from '../asterisk/supported-version';
import { HushtoneError } from '../errors';
import { AriRefused } from './ari-error';
import type { Commands } from './commands';
import type { Application, LogChannel, Module } from './generated/ari-types';

/** With it a bridge hands RTP through, keys included, whatever was asked of the bridge (measured). */
const UNSAFE_MODULE = 'bridge_native_rtp';
const SUBSCRIBED_TO_ALL = '__AST_CHANNEL_ALL_TOPIC';

/** It records calls (app_mixmonitor.c), and sets RECORDED_INTO on each channel that it records. */
const RECORDER = 'app_mixmonitor';
/** The variable of a channel that names the file it is recorded into. */
export const RECORDED_INTO = 'MIXMONITOR_FILENAME';

export interface CheckedAsterisk {
  /** Calls can be recorded there, so each has to be asked about. */
  readonly records: boolean;
}

/**
 * Refuses an Asterisk on which card digits could get out, as far as ARI can tell.
 * @throws HushtoneError `asterisk-too-old`, `asterisk-unsafe`, or `asterisk-unavailable` when ARI cannot be used.
 */
export async function checkAsterisk(commands: Commands, app: string, origin: string): Promise<CheckedAsterisk> {
  const version = await readVersion(commands, origin);
  if (!isSupportedVersion(version))
    throw new HushtoneError('asterisk-too-old', version === '' ? '' : `it is ${version}`);
  return checkSafety(commands, app);
}

/**
 * What of it can change while Asterisk runs: somebody adds a log, loads a module, subscribes a program to calls.
 * @throws HushtoneError `asterisk-unsafe`
 */
export async function checkSafety(commands: Commands, app: string): Promise<CheckedAsterisk> {
  const [modules, logs, applications] = await Promise.all([
    commands.waiting('GET /asterisk/modules', {}),
    commands.waiting('GET /asterisk/logging', {}),
    commands.waiting('GET /applications', {}),
  ]);
  const faults = [...moduleFaults(modules), ...logFaults(logs), ...applicationFaults(applications, app)];
  if (faults.length > 0) throw new HushtoneError('asterisk-unsafe', faults.join('; '));
  return { records: isRunning(modules, RECORDER) };
}

function isRunning(modules: readonly Module[], name: string): boolean {
  return modules.some((module) => module.name === `${name}.so` && module.status === 'Running');
}

export async function readVersion(commands: Commands, origin: string): Promise<string> {
  try {
    const info = await commands.waiting('GET /asterisk/info', { only: ['system'] });
    return info.system?.version ?? '';
  } catch (error) {
    throw new HushtoneError('asterisk-unavailable', `ARI at ${origin}: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AriRefused) {
    if (error.status === 401 || error.status === 403)
      return 'user or password refused (HUSHTONE_ARI_USER, HUSHTONE_ARI_PASSWORD and the user in ari.conf must agree)';
    if (error.status === 404) return 'there is a web server, but no ARI (is res_ari loaded, and enabled in ari.conf?)';
    return `status ${error.status}`;
  }
  const detail = error instanceof HushtoneError ? error.detail : '';
  return `no answer (is Asterisk running, with http.conf enabled and this address?) ${detail}`.trim();
}

export function moduleFaults(modules: readonly Module[]): string[] {
  if (!modules.some((module) => module.name.startsWith(UNSAFE_MODULE))) return [];
  return [`${UNSAFE_MODULE}.so is loaded: put "noload = ${UNSAFE_MODULE}.so" into modules.conf and restart Asterisk`];
}

const NO_KEYS_IN_LOGS =
  'take "dtmf" and "*" out of its line in logger.conf and run "logger reload" there; one that was added by hand goes with "logger remove channel"';

export function logFaults(logs: readonly LogChannel[]): string[] {
  return logs
    .filter((log) => /\bDTMF\b/i.test(log.configuration))
    .map((log) => `the log ${log.channel} records keys: ${NO_KEYS_IN_LOGS}`);
}

/**
 * Another application that hears callers, and whose filter lets keys through, is told every digit. An endpoint passes on all that
 * happens on its channels (measured: 60 of 60 key events), and which endpoints bring callers nobody can tell from here.
 */
export function applicationFaults(applications: readonly Application[], app: string): string[] {
  return applications
    .filter((other) => other.name !== app && hearsKeys(other))
    .flatMap((other) => {
      const calls = whatItHears(other);
      return calls === null ? [] : [`the ARI application "${other.name}" is subscribed to ${calls}: ${SILENCE_IT}`];
    });
}

const SILENCE_IT = 'end it, or filter keys out of it (eventFilter with ChannelDtmfReceived under "disallowed")';

function whatItHears({ channel_ids, endpoint_ids }: Application): string | null {
  if (channel_ids.includes(SUBSCRIBED_TO_ALL)) return 'all channels';
  return endpoint_ids.length === 0 ? null : `the calls of ${endpoint_ids.join(', ')}`;
}

function hearsKeys(application: Application): boolean {
  const names = (list: Application['events_allowed']): boolean =>
    list.some((one) => one.type === 'ChannelDtmfReceived');
  if (names(application.events_disallowed)) return false;
  return application.events_allowed.length === 0 || names(application.events_allowed);
}
