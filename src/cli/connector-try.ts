import path from 'node:path';
import { parseArgs } from 'node:util';
import { MemoryCardVault } from '../card/vault';
import type { Connector, MessageTemplate, Operation, SealedName } from '../connector/ast';
import { SEALED_FIELDS } from '../connector/ast';
import { missingNeeds } from '../connector/check-needs';
import { listedProblem } from '../connector/listed-hosts';
import { needsOf } from '../connector/needs';
import { createConnectors } from '../connector/run-connectors';
import { HostRules } from '../connector/run-hosts';
import { loadConnectorFiles, loadSecrets, secretsFileOf, SETTING_NAMES } from '../connector/run-load';
import { quoted, suggestion } from '../flow/nearest';
import { randomIds } from '../observe/random-ids';
import { SystemClock } from '../observe/system-clock';
import type { ExchangeResult } from '../ports/connectors';
import { TEST_CARDS, type CardBehaviour } from '../sandbox/cards';
import { spawnSandbox } from '../sandbox/spawn-sandbox';
import { inWords } from './connector-check';
import { hiding, mayHoldCard, type Hide } from './connector-hide';
import { showAnswer, showRequest } from './connector-show';

const USAGE = `usage: hushtone connector try FILE [OPERATION] [--with NAME=VALUE]... [--test-card WHAT]

Sends one request of a connector and shows it and the answer, secrets and sensitive values masked.

  OPERATION          needed when the connector has several
  --with NAME=VALUE  an input; may be repeated
  --test-card WHAT   a public test number, for operations with card data: approve, decline and the others of
                     docs/integrators/sandbox.md. No other number can be given.

A connector that points at the sandbox gets one for the time of the trial.
Ends with 0 when the outcome is one that the file names, 1 for \`error\` and \`timeout\`, 2 when nothing could be tried.`;

const OWNER = 'trial';
const CARD_GIVEN =
  'one of these words may be a card number, so nothing is tried with it: card data comes from --test-card alone';

interface Trial {
  readonly connector: Connector;
  readonly operation: Operation;
  readonly values: Readonly<Record<string, string | boolean>>;
  readonly sealedNames: readonly SealedName[];
  readonly testCard: string | null;
  readonly secrets: Readonly<Record<string, string>>;
  readonly hosts: HostRules;
}

/** `hushtone connector try`: resolves with the exit code. */
export async function runConnectorTry(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  if (argv.length === 0 || argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE);
    return argv.length === 0 ? 2 : 0;
  }
  const trial = await readTrial(argv, env);
  if (typeof trial === 'string') {
    console.error(trial);
    return 2;
  }
  const sandbox = needsOf(trial.connector).settings.has('sandbox_url') ? await spawnSandbox() : null;
  try {
    const result = await tryOnce(trial, { sandbox_url: sandbox?.url ?? '' });
    return ['error', 'timeout'].includes(result.outcome) ? 1 : 0;
  } finally {
    await sandbox?.stop();
  }
}

async function tryOnce(trial: Trial, settings: Readonly<Record<string, string>>): Promise<ExchangeResult> {
  const { connector, operation, values, secrets, hosts } = trial;
  const clock = new SystemClock();
  const vault = new MemoryCardVault({ clock, makeId: randomIds });
  console.log(showRequest(connector, operation, { values, settings, secrets, vault }));
  const hidden = Object.values(secrets);
  const hide: Hide = (text) => hiding(hidden)(text);
  const connectors = createConnectors({
    connectors: new Map([[connector.id, connector]]),
    settings,
    secrets,
    hosts,
    vault,
    clock,
    record: () => undefined,
    onRequest: (headers) => {
      hidden.push(...credentialsIn(headers, connector));
    },
    onAnswer: (status, body) => {
      console.log(showAnswer(status, body, { ...operation, sealed: trial.sealedNames }, hide));
    },
  });
  try {
    const sealed = seal(trial, vault);
    const request = { connector: connector.id, operation: operation.name, values, sealed, owner: OWNER };
    const result = await connectors.exchange(request);
    tellResult(result, hide);
    return result;
  } finally {
    vault.wipeOwner(OWNER);
    await connectors.close();
  }
}

/** What proves who we are: the access token or the like, and the signature. */
function credentialsIn(headers: Readonly<Record<string, string>>, { signature }: Connector): readonly string[] {
  const token = headers.authorization?.replace(/^[A-Za-z]+ /, '') ?? '';
  return [token, signature === null ? '' : (headers[signature.header.toLowerCase()] ?? '')];
}

function tellResult(result: ExchangeResult, hide: Hide): void {
  const { outcome, status, ms, reason, sent, values, sealed } = result;
  console.log(`\noutcome   ${outcome}${reason === '' ? '' : ` (${hide(reason)})`}`);
  console.log(`took      ${ms} ms`);
  if (status === null) console.log(sent === 'no' ? 'sent      nothing' : 'sent      perhaps; no answer came');
  for (const [name, value] of Object.entries(values)) {
    const shown = hide(JSON.stringify({ [name]: value })).slice(1, -1);
    console.log(`captured  ${shown}`);
  }
  for (const name of Object.keys(sealed)) console.log(`captured  "${name}":[sealed]`);
}

/** What an operation needs of a card: a public test number, with an expiry date to come. */
function seal({ sealedNames, testCard }: Trial, vault: MemoryCardVault): Record<string, string> {
  const number = testCard ?? '';
  const year = String((new Date().getFullYear() + 3) % 100).padStart(2, '0');
  const digits: Readonly<Record<SealedName, string>> = {
    card_number: number,
    expiry: `12${year}`,
    security_code: number.startsWith('3') ? '1234' : '123',
    otp: '123456',
  };
  const entries = sealedNames.map((name): [string, string] => [
    name,
    vault.put(OWNER, SEALED_FIELDS[name], Buffer.from(digits[name], 'latin1')).ref ?? '',
  ]);
  return Object.fromEntries(entries);
}

/** What is to be tried, or why it cannot be. */
async function readTrial(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Trial | string> {
  const given = readArguments(argv);
  if (typeof given === 'string') return given;
  const loaded = await loadConnectorFiles([given.file]);
  const secretsFile = secretsFileOf(env.HUSHTONE_SECRETS_FILE ?? null, env.HUSHTONE_FLOWS_DIR ?? 'flows');
  const { secrets, mistakes } = await loadSecrets(secretsFile);
  const [connector] = loaded.connectors.values();
  const needs = connector === undefined ? [] : needsOf(connector).secrets;
  const missing = missingNeeds(loaded.drafts, SETTING_NAMES, Object.keys(secrets), secretsFile);
  const wrong = [...loaded.mistakes, ...([...needs].length > 0 ? mistakes : []), ...missing];
  if (connector === undefined || wrong.length > 0) return wrong.map(inWords).join('\n');
  const operation = chosen(connector, given.operation);
  if (typeof operation === 'string') return operation;
  const message = chosenMessage(connector, operation, given);
  if (typeof message === 'string') return message;
  const problem = inputProblem(operation, message, given);
  if (problem !== null) return problem;
  const hosts = (env.HUSHTONE_CONNECTOR_HOSTS ?? '').split(',').flatMap((entry) => entry.trim() || []);
  const badHost = hosts.map(listedProblem).find((each) => each !== null);
  if (typeof badHost === 'string') return `HUSHTONE_CONNECTOR_HOSTS: ${badHost}`;
  const { testCard } = given;
  return {
    connector,
    operation,
    values: typed(operation, given.values),
    sealedNames: sealedNames(operation, message),
    testCard,
    secrets,
    hosts: new HostRules(hosts),
  };
}

interface Given {
  readonly file: string;
  readonly operation: string | null;
  readonly values: Readonly<Record<string, string>>;
  /** Its digits. */
  readonly testCard: string | null;
}

function readArguments(argv: readonly string[]): Given | string {
  let parsed;
  try {
    const options = { with: { type: 'string', multiple: true }, 'test-card': { type: 'string' } } as const;
    parsed = parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch {
    // Its own words would repeat what was given, which may be a number in the wrong place.
    return `there is an option that is none\n\n${USAGE}`;
  }
  const { positionals, values } = parsed;
  const [file, operation = null, more] = positionals;
  if (file === undefined || more !== undefined) return USAGE;
  const pairs = (values.with ?? []).map((pair) => /^([^=]+)=(.*)$/s.exec(pair));
  if (pairs.includes(null)) return 'after --with comes NAME=VALUE';
  const what = values['test-card'];
  const card = what === undefined ? null : Object.entries(TEST_CARDS).find(([, behaviour]) => behaviour === what);
  if (card === undefined) return `--test-card is none of ${quoted(new Set<CardBehaviour>(Object.values(TEST_CARDS)))}`;
  const told = [path.basename(file), operation ?? '', ...pairs.flatMap((pair) => pair?.slice(1) ?? [])];
  if (told.some(mayHoldCard)) return CARD_GIVEN;
  const inputs = Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
  return { file: path.normalize(file), operation, values: inputs, testCard: card?.[0] ?? null };
}

function chosen({ operations, id }: Connector, name: string | null): Operation | string {
  const all = [...operations.values()];
  const [first] = all;
  if (name === null && first !== undefined && all.length === 1) return first;
  const found = name === null ? undefined : operations.get(name);
  if (found !== undefined) return found;
  if (name === null) return `\`${id}\` has several operations; name one: ${quoted(operations.keys())}`;
  return `\`${id}\` has no operation \`${name}\`; ${suggestion(name, operations.keys())}`;
}

/** The message template that the input `template` names; null where there is none to be named, or it is not given. */
function chosenMessage({ templates }: Connector, operation: Operation, given: Given): MessageTemplate | null | string {
  const name = given.values.template;
  const takesOne = templates.size > 0 && operation.values.some((input) => input.name === 'template');
  if (!takesOne || name === undefined) return null;
  return templates.get(name) ?? `there is no message template \`${name}\`; ${suggestion(name, templates.keys())}`;
}

function inputProblem(
  { values: declared, sealed, name }: Operation,
  message: MessageTemplate | null,
  given: Given,
): string | null {
  const variables = (message?.variables ?? []).filter((variable) => variable.sealed === null);
  const values = [...declared, ...variables.map((variable) => ({ name: variable.name, optional: false }))];
  const names = values.map((input) => input.name);
  const unknown = Object.keys(given.values).find((each) => !names.includes(each));
  if (unknown !== undefined) return `\`${name}\` takes no \`${unknown}\`; ${suggestion(unknown, names)}`;
  const missing = values.filter((input) => !input.optional && !Object.hasOwn(given.values, input.name));
  if (missing.length > 0) return `\`${name}\` needs ${missing.map((input) => `--with ${input.name}=...`).join(' ')}`;
  if (sealed.includes('card_number') && given.testCard === null)
    return `\`${name}\` carries card data: add --test-card approve (or another of docs/integrators/sandbox.md)`;
  return null;
}

/** Those of the operation, and those of the message. */
function sealedNames({ sealed }: Operation, message: MessageTemplate | null): readonly SealedName[] {
  return [...new Set([...sealed, ...(message?.variables ?? []).flatMap((variable) => variable.sealed ?? [])])];
}

function typed({ values }: Operation, given: Readonly<Record<string, string>>): Record<string, string | boolean> {
  const isBoolean = (name: string): boolean => values.some((input) => input.name === name && input.type === 'boolean');
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => [
      name,
      isBoolean(name) && /^(true|false)$/.test(text) ? text === 'true' : text,
    ]),
  );
}
