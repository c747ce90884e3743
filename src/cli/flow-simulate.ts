import { readFileSync } from 'node:fs';
import { listenOnce } from '../call/listening';
import { HushtoneError } from '../errors';
import type { Flow } from '../flow/ast';
import { formatMistake } from '../flow/check/check-flow';
import { compileFlow, type CompiledFlow } from '../flow/compile/compile-flow';
import { quoted, suggestion } from '../flow/nearest';
import { endInWords } from '../flow/run/simulate/answers';
import type { Decider } from '../flow/run/simulate/moments';
import { sampleHeaders } from '../flow/run/simulate/sample-values';
import { parseScript, type Script } from '../flow/run/simulate/script';
import { QuickDecider, ScriptDecider } from '../flow/run/simulate/script-decider';
import type { SimulatedCaller } from '../flow/run/simulate/simulated-call';
import { Simulation, type SimulationEvent, type SimulationWorld } from '../flow/run/simulate/simulation';
import { readOptions } from './command-line';
import { handle } from './recordings/file-trouble';
import { simulateAll } from './simulate/all';
import { outcomeProblem } from './simulate/check-outcomes';
import { findFlow, loadForSimulation, type Environment } from './simulate/find-flow';
import { SimulationPrinter } from './simulate/printer';
import { HELP, TerminalDecider } from './simulate/terminal';

const USAGE = `usage: hushtone flow simulate FLOW [options]     FLOW: a file, the id of a flow, or a number that starts it
       hushtone flow simulate --all [FLOW...]

  --keys KEYS            what the caller keys, one word per field: --keys "4111... 1229 123"; may be given several times
  --outcome [WHO=]NAME   the outcome of the next question that has it; WHO: a step, a connector or a target
  --script FILE          does what the file says, and compares what it expects; exit 1 when the call is not so
  --language CODE        the language of the call      --did NUMBER     the number dialled
  --caller NUMBER        the caller's number           --header N=VALUE a SIP header; N= for none
  --json                 one JSON object per line
  --all                  goes every way and reports dead ends, silence over 5 s, and money that moved without a word`;

const OPTIONS = {
  all: { type: 'boolean' },
  json: { type: 'boolean' },
  keys: { type: 'string', multiple: true },
  outcome: { type: 'string', multiple: true },
  header: { type: 'string', multiple: true },
  script: { type: 'string' },
  language: { type: 'string' },
  did: { type: 'string' },
  caller: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof readOptions<typeof OPTIONS>>['values'];

/** As shells have it of a command that Ctrl-C ended. */
const INTERRUPTED = 130;
const KEYPAD = /^[0-9*#,]*$/;
const CALLER = '+919800000100';

/** `hushtone flow simulate`: one call through a flow, or every one. @returns 0 when all was as it should be, 1 otherwise. */
export async function runFlowSimulate(argv: readonly string[], env: Environment, now: number): Promise<number> {
  const { values, positionals } = readOptions('flow simulate', argv, OPTIONS);
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  refuseClash(values);
  const keys = keysOf(values);
  if (values.all === true) return simulateAll(positionals, values.json === true, env);
  const script = values.script === undefined ? null : scriptOf(values.script);
  const [name = script?.flow ?? script?.did ?? null, tooMany] = positionals;
  if (name === null || tooMany !== undefined) throw usage(name === null ? 'which flow?' : 'one flow at a time');
  const loaded = await loadForSimulation(env, name);
  if (loaded === null) return 1;
  const compiled = inLanguage(findFlow(loaded.flows, name), values.language ?? script?.language ?? null);
  const outcomes = outcomesOf(compiled.flow, values, loaded.world);
  const caller = callerOf(compiled, values, script);
  const startAt = script?.date === null || script === null ? now : Date.parse(`${script.date}T12:00:00Z`);
  const world = { ...loaded.world, listenOnce, startAt };
  if (script !== null) return byScript(compiled, caller, world, values, script);
  return byHand(compiled, caller, world, { keys, outcomes, json: values.json === true });
}

/** Options that have no meaning beside another one are refused: whoever gave them expects something of them. */
function refuseClash(values: Values): void {
  const refuseBeside = (option: string, allowed: readonly string[]): void => {
    const other = Object.keys(values).find((each) => each !== option && !allowed.includes(each));
    if (other !== undefined) throw new Error(`--${option} ${INSTEAD[option] ?? ''}: leave out --${other}`);
  };
  if (values.all === true) refuseBeside('all', ['json']);
  if (values.script !== undefined) refuseBeside('script', ['json', 'language', 'did', 'caller', 'header']);
}

const INSTEAD: Readonly<Record<string, string>> = {
  all: 'goes every way by itself',
  script: 'says what is keyed and answered',
};

/** One entry per attempt. What was given instead of keys is not repeated: part of it may be a card number. */
function keysOf(values: Values): readonly string[] {
  const keys = (values.keys ?? []).flatMap((each) => each.trim().split(/\s+/));
  if (keys.every((each) => KEYPAD.test(each))) return keys;
  throw new Error('--keys are 0-9, * and #, a comma for a pause of one second, and a space between two fields');
}

function outcomesOf(
  flow: Flow,
  values: Values,
  { connectors, targets }: Pick<SimulationWorld, 'connectors' | 'targets'>,
) {
  const outcomes = (values.outcome ?? []).map(outcomeOf);
  const isTarget = (id: string): boolean => targets.resolve(id) !== null || targets.defaultTarget === id;
  const problem = outcomes
    .map((each) => outcomeProblem(each, flow, connectors, isTarget))
    .find((each) => each !== null);
  if (typeof problem === 'string') throw new Error(problem);
  return outcomes;
}

function usage(why: string): Error {
  return new Error(`${why}\n\n${USAGE}`);
}

function scriptOf(file: string): Script {
  const { script, mistakes } = parseScript(
    file,
    handle(file, 'read', () => readFileSync(file, 'utf8')),
  );
  if (script === null) throw new HushtoneError('flow-invalid', mistakes.map(formatMistake).join('\n'));
  return script;
}

function inLanguage(compiled: CompiledFlow, language: string | null): CompiledFlow {
  const { flow } = compiled;
  if (language === null) return compiled;
  if (!flow.languages.includes(language)) {
    throw new Error(`${flow.id} does not speak "${language}"; ${suggestion(language, flow.languages)}`);
  }
  const languages = [language, ...flow.languages.filter((each) => each !== language)];
  return compileFlow({ ...flow, languages });
}

/** The headers that the flow reads hold a sample order, unless the command line or the script says otherwise. */
function callerOf({ flow }: CompiledFlow, values: Values, script: Script | null): SimulatedCaller {
  const read = flow.context.flatMap((source) => (source.kind === 'headers' ? Object.entries(source.headers) : []));
  const given = Object.fromEntries((values.header ?? []).map(headerOf));
  const did = values.did ?? script?.did ?? flow.dids[0] ?? '';
  if (!flow.dids.includes(did))
    throw new Error(`${flow.id} is not what ${did} starts; its numbers: ${quoted(flow.dids)}`);
  const headers = { ...sampleHeaders(Object.fromEntries(read)), ...script?.headers, ...given };
  return {
    number: values.caller ?? script?.caller ?? CALLER,
    did,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')),
  };
}

function headerOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw usage(`--header ${text}: write it as X-Amount=100.00`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** What the command line says of a call. */
interface Wish {
  readonly keys: readonly string[];
  readonly outcomes: ReturnType<typeof outcomesOf>;
  readonly json: boolean;
}

async function byHand(
  compiled: CompiledFlow,
  caller: SimulatedCaller,
  world: SimulationWorld,
  { keys, outcomes, json }: Wish,
): Promise<number> {
  const { printer, tell } = teller(compiled, json);
  const asks = keys.length === 0 && outcomes.length === 0;
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (asks && !json) console.log(HELP);
  const terminal = asks
    ? new TerminalDecider(
        { input: process.stdin, output: json ? process.stderr : process.stdout, isTerminal },
        (moment) => {
          if (!json) printer.waiting(moment, simulation.clock.monotonic(), simulation.clock.running());
        },
      )
    : null;
  const quick = new QuickDecider(keys, outcomes, terminal);
  const simulation: Simulation = new Simulation(compiled, caller, world, quick, tell);
  const end = await simulation.run();
  terminal?.close();
  if (terminal?.interrupted === true) return INTERRUPTED;
  for (const each of quick.unused) console.error(`no question had the outcome ${each}`);
  if (!json) console.log(`End: ${endInWords(end)}.`);
  return quick.unused.length === 0 ? 0 : 1;
}

function outcomeOf(text: string) {
  const [outcome = '', of = null] = text.split('=').reverse();
  return { line: 0, item: 'outcome', of, outcome, values: {} } as const;
}

async function byScript(
  compiled: CompiledFlow,
  caller: SimulatedCaller,
  world: SimulationWorld,
  values: Values,
  script: Script,
): Promise<number> {
  const { tell } = teller(compiled, values.json === true);
  const decider: ScriptDecider & Decider = new ScriptDecider(script.items);
  const simulation = new Simulation(compiled, caller, world, decider, (event, at, step) => {
    tell(event, at, step);
    decider.tell(event);
  });
  const end = await simulation.run();
  const difference = decider.difference(end);
  if (difference !== null) {
    console.error(`${script.file}:${difference.line}: ${difference.message}`);
    return 1;
  }
  if (values.json !== true) console.log(`End: ${endInWords(end)}. ${script.file}: as the script has it.`);
  return 0;
}

function teller(compiled: CompiledFlow, json: boolean) {
  const printer = new SimulationPrinter(compiled.flow, (line) => {
    console.log(line);
  });
  const tell = (event: SimulationEvent, at: number, step: string): void => {
    if (!json) printer.tell(event, at);
    else if (event.type !== 'played') console.log(JSON.stringify(asJson(event, at, step)));
  };
  return { printer, tell };
}

/** Of the machine's state what it knows is told; a payment's references into the vault are nobody's business. */
function asJson(event: SimulationEvent, at: number, step: string): object {
  if (event.type === 'state') return { at, step, type: 'state', values: event.context.values };
  if (event.type !== 'charged') return { at, step, ...event };
  const { connector, amount, currency, reference, masked } = event.request;
  return { at, step, type: 'charged', connector, amount, currency, order: reference, masked };
}
