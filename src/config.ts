import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { listedProblem } from './connector/listed-hosts';
import { fileReason, HushtoneError } from './errors';

/** What the environment says, checked and frozen. Ports: 0 means any free one. */
export interface Config {
  readonly httpPort: number;
  readonly httpHost: string;
  readonly publicUrl: string | null;
  /** Null: a private Asterisk is brought up. */
  readonly ari: { readonly url: string; readonly user: string; readonly password: string } | null;
  /** Who has checked what ARI cannot show of that Asterisk, and when; null when nobody has. */
  readonly asteriskSignedOff: string | null;
  readonly sipPort: number;
  readonly rtpPorts: { readonly from: number; readonly to: number };
  readonly dataDir: string;
  readonly flowsDir: string;
  readonly soundsDir: string;
  readonly secretsFile: string | null;
  readonly ariPasswordFile: string | null;
  /** Hosts and networks that connectors may reach; empty: whatever is public. */
  readonly connectorHosts: readonly string[];
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

type Environment = Readonly<Record<string, string | undefined>>;

const port = (fallback: number): z.ZodType<number> =>
  z
    .string()
    .default(String(fallback))
    .transform(Number)
    .refine(
      (value) => Number.isInteger(value) && value >= 0 && value <= 65535,
      'a port from 1 to 65535, or 0 for any free one',
    );

const url = (protocols: string[]): z.ZodType<string | undefined> =>
  z
    .string()
    .optional()
    .refine(
      (value) => value === undefined || (URL.canParse(value) && protocols.includes(new URL(value).protocol)),
      `an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

const portRange = z
  .string()
  .default('10000-19999')
  .transform((value) => /^([0-9]{1,5})-([0-9]{1,5})$/.exec(value))
  .transform((match) => ({ from: Number(match?.[1]), to: Number(match?.[2]) }))
  .refine(
    ({ from, to }) => from >= 1024 && to <= 65535 && to - from >= 9,
    'two ports from 1024 to 65535 with at least 10 between them, such as 10000-19999 (a call needs two, a returned call four)',
  );

const SCHEMA = z.object({
  HUSHTONE_HTTP_PORT: port(8080),
  HUSHTONE_HTTP_HOST: z.string().default('127.0.0.1'),
  HUSHTONE_PUBLIC_URL: url(['http:', 'https:']),
  HUSHTONE_ARI_URL: url(['http:', 'https:']),
  HUSHTONE_ARI_USER: z.string().optional(),
  HUSHTONE_ARI_PASSWORD: z.string().optional(),
  HUSHTONE_ARI_PASSWORD_FILE: z.string().optional(),
  HUSHTONE_ASTERISK_SIGNED_OFF: z
    .string()
    .optional()
    .refine(
      (value) => value === undefined || /^\S.*\b20\d{2}-[01]\d-[0-3]\d$/.test(value),
      'your name and the date on which you checked, such as "A. Rao 2026-11-21"',
    ),
  HUSHTONE_SIP_PORT: port(5060),
  HUSHTONE_RTP_PORTS: portRange,
  HUSHTONE_DATA_DIR: z.string().default('./data'),
  HUSHTONE_FLOWS_DIR: z.string().default('./flows'),
  HUSHTONE_SOUNDS_DIR: z.string().default('./sounds'),
  HUSHTONE_SECRETS_FILE: z.string().optional(),
  HUSHTONE_CONNECTOR_HOSTS: z
    .string()
    .default('')
    .transform((value) => value.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()])))
    .refine(
      (entries) => entries.every((entry) => listedProblem(entry) === null),
      'hosts and networks with commas between them, such as api.example.com, *.example.com, 10.2.0.0/16',
    ),
  // Read by the bootstrap alone, before this file can run.
  HUSHTONE_DEBIAN_MIRROR: url(['http:', 'https:']),
  HUSHTONE_LOG_LEVEL: z
    .string()
    .default('info')
    .refine((value) => ['debug', 'info', 'warn', 'error'].includes(value), 'debug, info, warn or error')
    .transform((value) => value as Config['logLevel']),
});

/** Every setting of the engine, set to nothing: over an environment, and over `.env`, no setting of it counts. */
export const NO_SETTINGS: Readonly<Record<string, string>> = Object.freeze(
  Object.fromEntries(Object.keys(SCHEMA.shape).map((name) => [name, ''])),
);

/** Read by commands of the command line alone. */
const TOOL_SETTINGS = ['HUSHTONE_TTS_COMMAND'];

/**
 * Reads the configuration from environment variables. Relative paths start at `base`.
 *
 * @throws HushtoneError `config-invalid` that names every wrong variable and what is allowed.
 */
export function readConfig(environment: Environment, base: string): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[0].startsWith('HUSHTONE_') && (entry[1] ?? '') !== '',
    ),
  );
  const mistakes = unknownNames(given);
  const parsed = SCHEMA.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    mistakes.push(`${name} is "${show(name, given[name])}"; allowed: ${issue.message}`);
  }
  const ari = readAri(given, mistakes);
  if (!parsed.success || mistakes.length > 0) throw invalid(mistakes);
  const values = parsed.data;
  return Object.freeze({
    httpPort: values.HUSHTONE_HTTP_PORT,
    httpHost: values.HUSHTONE_HTTP_HOST,
    publicUrl: values.HUSHTONE_PUBLIC_URL ?? null,
    ari,
    asteriskSignedOff: values.HUSHTONE_ASTERISK_SIGNED_OFF ?? null,
    sipPort: values.HUSHTONE_SIP_PORT,
    rtpPorts: Object.freeze(values.HUSHTONE_RTP_PORTS),
    dataDir: path.resolve(base, values.HUSHTONE_DATA_DIR),
    flowsDir: path.resolve(base, values.HUSHTONE_FLOWS_DIR),
    soundsDir: path.resolve(base, values.HUSHTONE_SOUNDS_DIR),
    secretsFile: values.HUSHTONE_SECRETS_FILE === undefined ? null : path.resolve(base, values.HUSHTONE_SECRETS_FILE),
    ariPasswordFile: values.HUSHTONE_ARI_PASSWORD_FILE ?? null,
    connectorHosts: Object.freeze(values.HUSHTONE_CONNECTOR_HOSTS),
    logLevel: values.HUSHTONE_LOG_LEVEL,
  });
}

/** The settings of ARI are texts as given, so they are checked whatever is wrong with the others. */
type Values = Partial<Record<keyof z.input<typeof SCHEMA>, string>>;

function readAri(values: Values, mistakes: string[]): Config['ari'] {
  if (values.HUSHTONE_ARI_URL === undefined) return null;
  if (values.HUSHTONE_ARI_PASSWORD !== undefined && values.HUSHTONE_ARI_PASSWORD_FILE !== undefined) {
    mistakes.push('HUSHTONE_ARI_PASSWORD and HUSHTONE_ARI_PASSWORD_FILE are both set; allowed: one of them');
  }
  const password = readPassword(values, mistakes);
  if (password === '')
    mistakes.push('HUSHTONE_ARI_URL is set, so HUSHTONE_ARI_PASSWORD or HUSHTONE_ARI_PASSWORD_FILE must be');
  return Object.freeze({
    url: values.HUSHTONE_ARI_URL.replace(/\/+$/, ''),
    user: values.HUSHTONE_ARI_USER ?? 'hushtone',
    password,
  });
}

function readPassword(values: Values, mistakes: string[]): string {
  const file = values.HUSHTONE_ARI_PASSWORD_FILE;
  if (file === undefined) return values.HUSHTONE_ARI_PASSWORD ?? '';
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    mistakes.push(`HUSHTONE_ARI_PASSWORD_FILE cannot be read: ${fileReason(error)}`);
    return '-';
  }
}

function unknownNames(given: Record<string, unknown>): string[] {
  return Object.keys(given)
    .filter((name) => !(name in SCHEMA.shape) && !TOOL_SETTINGS.includes(name))
    .map((name) => `${name} is not a setting; the settings are ${Object.keys(SCHEMA.shape).join(', ')}`);
}

function show(name: string, value: unknown): string {
  return name.includes('PASSWORD') ? '...' : typeof value === 'string' ? value : '';
}

function invalid(mistakes: readonly string[]): HushtoneError {
  return new HushtoneError('config-invalid', `\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`);
}
