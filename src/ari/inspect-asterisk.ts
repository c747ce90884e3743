import { isSupportedVersion, SUPPORTED_VERSIONS } from '../asterisk/supported-version';
import type { Finding } from '../ports/findings';
import { AriRefused } from './ari-error';
import type { Commands } from './commands';
import type { LogChannel, Module } from './generated/ari-types';
import { endpointFindings } from './inspect-endpoints';
import { applicationFaults, logFaults, moduleFaults, readVersion } from './safety-check';

export interface Inspection {
  /** ARI application of the engine itself. */
  readonly app: string;
  readonly origin: string;
  /** Language -> ids of the recordings that must be on Asterisk's host. */
  readonly recordings: ReadonlyMap<string, ReadonlySet<string>>;
  /** Wall clock of this machine, ms. */
  readonly now: () => number;
}

/** What a call needs, and what is lost without it. */
const NEEDED_MODULES: readonly (readonly [name: string, why: string])[] = [
  ['app_stack', 'without an engine the dialplan tells the agent with it what became of a payment'],
  ['app_stasis', 'the dialplan hands calls to the engine with it'],
  ['res_ari_applications', 'the engine filters its events with it'],
  ['res_ari_bridges', 'callers are masked in a bridge of it'],
  ['res_ari_channels', 'calls are answered with it'],
  ['res_ari_events', 'the engine is told of calls and keys with it'],
  ['res_http_websocket', 'the engine is told of calls and keys over it'],
  ['res_ari_playbacks', 'prompts are stopped with it'],
  ['res_stasis_playback', 'prompts are played with it'],
  ['chan_pjsip', 'calls come with it'],
  ['res_pjsip_sdp_rtp', 'SIP calls agree on their audio with it'],
  ['res_pjsip_header_funcs', 'order and agent are read from SIP headers with it'],
  ['bridge_softmix', 'callers are masked in a bridge of it'],
  ['func_jitterbuffer', 'after a return the voice of a caller who sends tones in the audio is delayed by it'],
  ['format_pcm', 'the recordings are read with it'],
  ['format_wav', 'studio recordings are read with it'],
  ['res_rtp_asterisk', 'audio and keys come with it'],
];

/** Any one of several, by system. */
const TIMING = 'res_timing_';
const NO_TIMING = 'no res_timing module is loaded: the bridges that callers are masked in need a clock';

/** Not forbidden, but each has let keys out, recorded or doubled them, somewhere. */
const DOUBTFUL_MODULES: readonly (readonly [name: string, why: string])[] = [
  ['app_mixmonitor', 'no card is taken on a call that it records'],
  ['app_chanspy', 'who listens in with it hears keys that come as tones'],
  ['app_record', 'a dialplan can record callers with it, keys that come as tones included'],
  ['res_ari_recordings', 'an ARI program can record callers with it, keys that come as tones included'],
  ['res_pjsip_history', 'with "pjsip set history on" it keeps SIP messages, keys in SIP INFO included'],
  ['res_hep', 'it can send SIP messages, keys in SIP INFO included, to a capture server'],
  ['res_pjsip_logger', 'with "pjsip set logger on" it writes SIP messages, keys in SIP INFO included'],
  ['res_pjsip_dtmf_info', 'a carrier that sends keys in SIP INFO as well as in RTP doubles every digit'],
];

/** s. The engine judges keys by Asterisk's own times, so only people who read both logs are harmed. */
const SKEW_S = 2;
/** Per call Asterisk opens about five files: channel, RTP, RTCP, recording. */
const FEW_FILES = 4096;
const NAMED = 5;

/**
 * Everything that ARI shows of an Asterisk, each with what to do about it. Nothing is changed there.
 * @throws HushtoneError `asterisk-unavailable` when ARI cannot be used at all
 */
export async function inspectAsterisk(commands: Commands, inspection: Inspection): Promise<readonly Finding[]> {
  const { app, origin } = inspection;
  const version = await readVersion(commands, origin);
  const [modules, logs, applications] = await Promise.all([
    commands.waiting('GET /asterisk/modules', {}),
    commands.waiting('GET /asterisk/logging', {}),
    commands.waiting('GET /applications', {}),
  ]);
  return [
    versionFinding(version, origin),
    ...fromFaults('masking', moduleFaults(modules), 'no module passes keys on behind the engine'),
    ...modulesFindings(modules),
    ...loggingFindings(logs),
    ...fromFaults('applications', applicationFaults(applications, app), 'no other application hears keys'),
    ...(await endpointFindings(commands)),
    await limitsFinding(commands),
    await clockFinding(commands, inspection.now),
    ...(await promptFindings(commands, inspection.recordings)),
  ];
}

function versionFinding(version: string, origin: string): Finding {
  const found = `Asterisk ${version === '' ? 'of unknown version' : version} at ${origin}`;
  return isSupportedVersion(version)
    ? ok('asterisk', found)
    : refused('asterisk', found, `install Asterisk ${SUPPORTED_VERSIONS}`);
}

/** A fault of the safety check is `what is wrong: what to do`. */
function fromFaults(about: string, faults: readonly string[], good: string): Finding[] {
  if (faults.length === 0) return [ok(about, good)];
  return faults.map((fault) => {
    const split = fault.lastIndexOf(': ');
    return refused(about, fault.slice(0, split), fault.slice(split + 2));
  });
}

function modulesFindings(modules: readonly Module[]): Finding[] {
  const running = modules.filter(({ status }) => status !== 'Not Running').map(({ name }) => name.replace(/\.so$/, ''));
  const missing = NEEDED_MODULES.filter(([name]) => !running.includes(name));
  const timed = running.some((name) => name.startsWith(TIMING));
  const doubtful = DOUBTFUL_MODULES.filter(([name]) => running.includes(name));
  const found = [
    ...missing.map(([name, why]) =>
      refused(
        'modules',
        `${name}.so is not loaded: ${why}`,
        `put "load = ${name}.so" into modules.conf and restart Asterisk`,
      ),
    ),
    ...(timed
      ? []
      : [refused('modules', NO_TIMING, 'put "load = res_timing_timerfd.so" into modules.conf and restart Asterisk')]),
    ...doubtful.map(([name, why]) =>
      warning(
        'modules',
        `${name}.so is loaded: ${why}`,
        `put "noload = ${name}.so" into modules.conf unless you need it`,
      ),
    ),
  ];
  return found.length > 0 ? found : [ok('modules', `${running.length} loaded, all that is needed among them`)];
}

function loggingFindings(logs: readonly LogChannel[]): Finding[] {
  const keys = logFaults(logs);
  if (keys.length > 0) return fromFaults('logging', keys, '');
  const talkative = logs.filter(({ configuration }) => /\b(DEBUG|VERBOSE)\b/i.test(configuration));
  if (talkative.length === 0) return [ok('logging', 'no log records keys')];
  return talkative.map(({ channel }) =>
    warning(
      'logging',
      `the log ${channel} takes debug or verbose: with "core set debug" above 0 every key is in it`,
      'take "debug" and "verbose" out of its line in logger.conf',
    ),
  );
}

async function limitsFinding(commands: Commands): Promise<Finding> {
  const { config } = await commands.waiting('GET /asterisk/info', { only: ['config'] });
  const files = config?.max_open_files;
  if (files === undefined || files >= FEW_FILES) return ok('limits', 'enough open files for a thousand calls');
  return warning(
    'limits',
    `Asterisk may open ${files} files, which is enough for about ${Math.floor(files / 5)} calls`,
    'put "maxfiles = 65536" into asterisk.conf and restart Asterisk',
  );
}

async function clockFinding(commands: Commands, now: () => number): Promise<Finding> {
  const asked = now();
  const { timestamp } = await commands.waiting('GET /asterisk/ping', {});
  // Asterisk looked at its clock somewhere between the question and the answer.
  const here = (asked + now()) / 2;
  const there = Date.parse(timestamp.replace(/(\d{2})(\d{2})$/, '$1:$2'));
  const seconds = Math.abs(there - here) / 1000;
  if (seconds <= SKEW_S) return ok('clock', "agrees with Asterisk's");
  if (Number.isNaN(seconds))
    return warning('clock', `Asterisk says it is "${timestamp}"`, 'look at the clock of its host');
  return warning(
    'clock',
    `this machine and Asterisk are ${seconds.toFixed(0)} s apart, so their logs do not agree`,
    'run a time service (chrony, systemd-timesyncd) on both',
  );
}

/** Asterisk's own list of its sounds; one that has been put there since its start is only in it after a reload. */
async function promptFindings(commands: Commands, recordings: Inspection['recordings']): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [language, ids] of recordings) {
    const there = await soundsThere(commands, language);
    findings.push(there === null ? unlisted(language) : promptFinding(language, ids, there));
  }
  return findings;
}

async function soundsThere(commands: Commands, language: string): Promise<ReadonlySet<string> | null> {
  try {
    const sounds = await commands.waiting('GET /sounds', { lang: language });
    return new Set(sounds.map(({ id }) => id));
  } catch (error) {
    if (!(error instanceof AriRefused) || error.status !== 404) throw error;
    // 404 stands for an empty list; where the module is not loaded it has other words.
    return error.answer.startsWith('No sounds') ? new Set() : null;
  }
}

function unlisted(language: string): Finding {
  return {
    about: 'prompts',
    level: 'unverified',
    found: `Asterisk does not list its sounds, so nobody knows whether the recordings of "${language}" are there`,
    todo: 'put "load = res_ari_sounds.so" into modules.conf and restart Asterisk',
  };
}

function promptFinding(language: string, ids: ReadonlySet<string>, there: ReadonlySet<string>): Finding {
  const missing = [...ids].filter((id) => !there.has(`hushtone/${id}`)).sort();
  if (missing.length === 0) return ok('prompts', `all ${ids.size} recordings of "${language}" are on Asterisk's host`);
  const some = missing.slice(0, NAMED).join(', ');
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
  return refused(
    'prompts',
    `${missing.length} of ${ids.size} recordings of "${language}" are not on Asterisk's host: ${some}${more}`,
    `link the folder sounds/${language} of this project as sounds/${language}/hushtone into Asterisk's data directory, then run: asterisk -rx "module reload sounds"`,
  );
}

function ok(about: string, found: string): Finding {
  return { about, level: 'ok', found, todo: '' };
}

function warning(about: string, found: string, todo: string): Finding {
  return { about, level: 'warning', found, todo };
}

function refused(about: string, found: string, todo: string): Finding {
  return { about, level: 'refused', found, todo };
}
