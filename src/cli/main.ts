import { existsSync } from 'node:fs';
import path from 'node:path';
import { config as loadEnvFile } from 'dotenv';
import { fileReason, messageOf } from '../errors';
import { parseBenchArguments, runBench } from '../lab/bench/bench';
import { lookFor, parseDemoArguments, runDemo } from '../lab/demo';
import { onBrokenPipe } from './broken-pipe';
import { asksForHelp, helpOf, noSuchCommand, readOptions } from './command-line';
import { runConnectorCheck } from './connector-check';
import { runConnectorTry } from './connector-try';
import { runDoctor } from './doctor';
import { runFlowCheck, runFlowReference, runFlowSchema } from './flow-check';
import { runFlowDiff } from './flow-diff';
import { runFlowRollback } from './flow-rollback';
import { runFlowVersions } from './flow-versions';
import { runFlowDraw } from './flow-draw';
import { runFlowSimulate } from './flow-simulate';
import { generateAri } from './generate-ari';
import { promptsBuild } from './prompts-build';
import { findEspeak } from './recordings/find-espeak';
import { createSpeaker } from './recordings/text-to-speech';
import { runLongTests, runTests } from './run-tests';

/** Where the project lies: this file is `dist/cli/main.js`. */
const PROJECT = path.resolve(__dirname, '..', '..');

const USAGE = `usage: hushtone COMMAND

  start                          the engine, with a private Asterisk unless HUSHTONE_ARI_URL is set
  demo [--journey 1|2] [--outcome approved|declined|unknown|hangup] [--json]
                                 plays a transferred call, or one with a payment key, with a robot caller and a robot agent
  test                           every test
  soak                           the long tests
  bench [--calls N] [--rate N] [--rounds N] [--crowd N] [--probes N] [--peers LIST] [--log-level LEVEL] [--file FILE|none]
                                 the engine and its peers side by side, under the same calls
  doctor [--json]                looks at everything a start needs, and says what to do; 1: no card may be collected
  flow check [FILE...]           checks flow files, or all of HUSHTONE_FLOWS_DIR
  flow versions FLOW             lists the versions of a flow that calls began with
  flow diff FLOW [A [B]]         says in words what a version does otherwise; or: flow diff FILE FILE
  flow rollback FLOW [VERSION]   puts the version before, or another one, back into the flows folder
  flow schema                    prints the JSON Schema of flow files, for editors
  flow reference                 prints every word of the flow language, for docs/ops/flow-reference.md
  flow simulate FLOW | --all     plays a call through a flow in the terminal, or goes every way of it; --help says more
  flow draw FLOW [-o FILE]       draws a flow as SVG; --mermaid, --machine: in that form
  connector check [FILE...]      checks connector files
  connector try FILE [OPERATION] [--with NAME=VALUE]... [--test-card WHAT]
                                 sends one request and shows it and its answer, masked
  prompts build [--check]        records prompts that are missing or whose words changed
  generate-ari                   writes the ARI types anew from Asterisk's own documents`;

/** As shells have it of a command whose reader has gone. */
const BROKEN_PIPE = 141;

type Command = (args: readonly string[]) => Promise<number>;

/** These say more about themselves. */
const OWN_HELP: readonly string[] = ['flow simulate', 'connector try', 'prompts build'];
/** These have options; the others refuse whatever looks like one. */
const WITH_OPTIONS: readonly string[] = [...OWN_HELP, 'demo', 'bench', 'doctor', 'flow draw'];

const print = (line: string): void => {
  console.log(line);
};
const printError = (line: string): void => {
  console.error(line);
};

const COMMANDS: Readonly<Record<string, Command>> = {
  // With nothing behind it, bin/ starts the engine itself.
  start: ([word = '']) =>
    Promise.reject(
      new Error(`\`start\` takes nothing behind it, and this is \`${word}\`; settings are environment variables`),
    ),
  demo,
  test: () => runTests(PROJECT, print),
  soak: () => runLongTests(PROJECT, print),
  bench,
  doctor: (args) => runDoctor(args, { projectDir: PROJECT, environment: process.env, print }),
  'flow check': (args) => runFlowCheck(args, process.env),
  'flow versions': (args) => runFlowVersions(args, process.env, print),
  'flow diff': (args) => runFlowDiff(args, process.env, print),
  'flow rollback': (args) => runFlowRollback(args, { env: process.env, now: () => Date.now(), print }),
  'flow schema': runFlowSchema,
  'flow reference': runFlowReference,
  'flow simulate': (args) => runFlowSimulate(args, process.env, Date.now()),
  'flow draw': (args) => runFlowDraw(args, process.env, (text) => void process.stdout.write(text)),
  'connector try': (args) => runConnectorTry(args, process.env),
  'connector check': (args) => runConnectorCheck(args, process.env),
  'prompts build': (args) =>
    promptsBuild(args, {
      soundsDir: path.resolve(process.env.HUSHTONE_SOUNDS_DIR ?? path.join(PROJECT, 'sounds')),
      command: process.env.HUSHTONE_TTS_COMMAND ?? null,
      createSpeaker: (command) => createSpeaker(command, findEspeak(PROJECT, print)),
      print,
      printError,
    }),
  'generate-ari': generateAri,
};

async function demo(args: readonly string[]): Promise<number> {
  const options = parseDemoArguments(args);
  if ('error' in options) {
    printError(options.error);
    return 1;
  }
  // With --json the transcript goes to standard error, so that standard output holds one line and nothing else.
  const tell = options.json ? printError : print;
  const look = lookFor(process.stdout.isTTY && !options.json, process.env.NO_COLOR);
  const summary = await runDemo({ ...options, projectDir: PROJECT, print: tell, look });
  if (options.json) print(JSON.stringify(summary));
  return summary.checks.every((check) => check.ok) ? 0 : 1;
}

/** What it has brought up ends with it, also on Ctrl-C and on SIGTERM; a second one does not wait for that. */
async function bench(args: readonly string[]): Promise<number> {
  const options = parseBenchArguments(args);
  const interruption = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    printError(`hushtone: ${signal}: ending what was started`);
    interruption.abort(new Error(`the bench was interrupted by ${signal}; nothing was written`));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  try {
    await runBench(PROJECT, options, print, interruption.signal);
    return 0;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    printError(`hushtone: ${messageOf(interruption.signal.reason)}`);
    // Its telephones still wait for calls that are gone.
    process.exit(1);
  }
}

/** Without it a command would look at other settings than the engine, and find them well. */
function readEnvFile(): void {
  if (!existsSync('.env')) return;
  const { error } = loadEnvFile({ quiet: true });
  if (error !== undefined) throw new Error(`.env cannot be read: ${fileReason(error)}`);
}

/** Commands that only tell are done when nobody reads on; one that started something goes on, and ends what it started. */
function endWithReader(name: string): void {
  const end = name.startsWith('flow ') ? () => process.exit(BROKEN_PIPE) : () => undefined;
  for (const stream of [process.stdout, process.stderr])
    if (stream.listenerCount('error') === 0) onBrokenPipe(stream, end);
}

async function main(args: readonly string[]): Promise<number> {
  const [first = 'help', second] = args;
  if (['help', '--help', '-h'].includes(first)) {
    print(second === undefined ? USAGE : (helpOf(USAGE, args.slice(1).join(' ')) ?? USAGE));
    return 0;
  }
  const name = [args.slice(0, 2).join(' '), first].find((candidate) => Object.hasOwn(COMMANDS, candidate));
  const rest = args.slice(name?.split(' ').length ?? 0);
  const help = asksForHelp(args) && !OWN_HELP.includes(name ?? '') ? helpOf(USAGE, name ?? first) : null;
  if (help !== null) {
    print(help);
    return 0;
  }
  if (name === undefined) throw new Error(noSuchCommand(args, Object.keys(COMMANDS)));
  const words = WITH_OPTIONS.includes(name) ? rest : readOptions(name, rest, {}).positionals;
  readEnvFile();
  endWithReader(name);
  return (await COMMANDS[name]?.(words)) ?? 1;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    printError(`hushtone: ${messageOf(error)}`);
    process.exitCode = 1;
  },
);
