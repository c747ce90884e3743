import { mkdirSync } from 'node:fs';
import path from 'node:path';
import {
  demoExpiry,
  demoScript,
  JOURNEYS,
  OUTCOMES,
  PAYMENT_KEY,
  type DemoJourney,
  type DemoOutcome,
  type DemoScript,
} from './demo-script';
import { judgeDemo, type Check, type DemoFacts } from './demo-checks';
import type { LogLine } from './engine-log';
import { engineCallOf, followScript } from './keypad-script';
import type { RobotCaller } from './robots';
import { Site } from './site';
import { COLOR_LOOK, PLAIN_LOOK, Transcript, type Look } from './transcript';

export interface DemoOptions {
  readonly projectDir: string;
  readonly journey: DemoJourney;
  readonly outcome: DemoOutcome;
  readonly json: boolean;
  readonly print: (line: string) => void;
  readonly look: Look;
}

/** The one object that `--json` prints. */
export interface DemoSummary {
  readonly journey: number;
  readonly outcome: string;
  readonly charges: number;
  readonly amount: string;
  readonly currency: string;
  readonly masked: string;
  readonly reference: string;
  readonly returned_to: string | null;
  readonly leaks: number;
  readonly checks: readonly Check[];
  readonly seconds: number;
}

const AGENT = { target: 'agent-101', number: '101' };
const CALLER_NUMBER = '+919876543200';
/** Longest call that the demo waits for. */
const CALL_LIMIT_MS = 120_000;
/** After it is back with the agent, how long the two talk. */
const TALK_MS = 2_500;

export function parseDemoArguments(
  args: readonly string[],
): Pick<DemoOptions, 'journey' | 'outcome' | 'json'> | { error: string } {
  const unknown = unknownAmong(args);
  if (unknown !== undefined)
    return { error: `"${unknown}" is not an option; allowed: ${DEMO_OPTIONS.join(', ')}, --json` };
  const outcome = valueOf(args, '--outcome') ?? 'approved';
  const journey = valueOf(args, '--journey') ?? '1';
  if (!OUTCOMES.some((known) => known === outcome))
    return { error: `--outcome is "${outcome}"; allowed: ${OUTCOMES.join(', ')}` };
  if (!Object.hasOwn(JOURNEYS, journey)) {
    const allowed = Object.entries(JOURNEYS).map(([number, { about }]) => `${number} (${about})`);
    return { error: `--journey is "${journey}"; allowed so far: ${allowed.join(', ')}` };
  }
  return { journey: journey as DemoJourney, outcome: outcome as DemoOutcome, json: args.includes('--json') };
}

/** Options with a value, which stands behind a space or a "=". */
const DEMO_OPTIONS = ['--outcome', '--journey'];

function unknownAmong(args: readonly string[]): string | undefined {
  return args.find((arg, index) => {
    const isValue = DEMO_OPTIONS.includes(args[index - 1] ?? '');
    return !isValue && arg !== '--json' && !DEMO_OPTIONS.includes(arg.split('=')[0] ?? '');
  });
}

function valueOf(args: readonly string[], name: string): string | undefined {
  const index = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  const arg = args[index];
  return arg?.includes('=') === true ? arg.slice(name.length + 1) : index < 0 ? undefined : (args[index + 1] ?? '');
}

export function lookFor(terminal: boolean, noColor: string | undefined): Look {
  return terminal && (noColor === undefined || noColor === '') ? COLOR_LOOK : PLAIN_LOOK;
}

/** Plays a journey on a whole site and judges it. */
export async function runDemo(options: DemoOptions): Promise<DemoSummary> {
  const begun = Date.now();
  const folder = path.join(options.projectDir, 'data', 'demo', new Date(begun).toISOString().replace(/[:.]/g, '-'));
  mkdirSync(folder, { recursive: true });
  options.print('');
  const site = await Site.start({
    projectDir: options.projectDir,
    dataDir: path.join(folder, 'engine'),
    progress: (what) => {
      options.print(options.look.faint(`   starting  ${what}`));
    },
  });
  try {
    const facts = await playCall(site, options, folder);
    const judged = await judgeDemo(site, facts);
    const summary = summarize(options, facts, judged, begun);
    printSummary(options, summary, judged.leakPlaces, folder);
    return summary;
  } finally {
    await site.stop();
  }
}

async function playCall(site: Site, options: DemoOptions, folder: string): Promise<DemoFacts> {
  const script = demoScript(options.journey, options.outcome, demoExpiry(new Date()));
  const { did } = JOURNEYS[options.journey];
  const order = `ORD-${String(Date.now()).slice(-6)}`;
  const transcript = new Transcript(options.print, options.look);
  site.world.seat(AGENT.number, {
    manner: script.agent,
    headers: ['X-Payment-Result', 'X-Payment-Reference'],
    recording: 'agent',
  });
  options.print('');
  const headers = await OPENINGS[options.journey]({ site, order, transcript, faint: options.look.faint });
  transcript.begin(Date.now());
  const stopShowing = site.log.on((line) => {
    transcript.show(line);
  });
  const caller = await site.world.dial({ did, number: CALLER_NUMBER, headers, recording: 'caller' });
  const call = await engineCallOf(site, CALLER_NUMBER);
  const stopScript = followScript(site, call, caller, script.keys, (field, reaction) => {
    if (reaction !== null && typeof reaction === 'object' && 'hangUpAfter' in reaction) {
      transcript.note(
        'caller',
        `presses ${reaction.hangUpAfter.length} keys of the ${field.replaceAll('-', ' ')} and hangs up`,
      );
    }
  });
  try {
    return await awaitEnd(site, {
      script,
      call,
      caller,
      order,
      folder,
      transcript,
      agent: AGENT,
      journey: options.journey,
    });
  } finally {
    stopScript();
    stopShowing();
  }
}

interface Opening {
  readonly site: Site;
  readonly order: string;
  readonly transcript: Transcript;
  readonly faint: (text: string) => string;
}

/** What comes before the call; resolves with the headers that it brings. */
const OPENINGS: Readonly<Record<DemoJourney, (opening: Opening) => Promise<Readonly<Record<string, string>>>>> = {
  '1': ({ order, transcript, faint }) => {
    const headers = {
      'X-Amount': JOURNEYS['1'].amount,
      'X-Currency': JOURNEYS['1'].currency,
      'X-Order-Id': order,
      'X-Customer-Phone': CALLER_NUMBER,
      'X-Return-To': AGENT.target,
    };
    transcript.note('agent', `${AGENT.target} has taken the order and transfers the caller to 7001`);
    for (const [name, value] of Object.entries(headers)) transcript.note('', faint(`${name}: ${value}`));
    return Promise.resolve(headers);
  },
  '2': async ({ site, order, transcript }) => {
    const { amount } = JOURNEYS['2'];
    await site.sandbox('/ivr-keys', { ivr_key: Number(PAYMENT_KEY), order_id: order, amount, description: 'Demo' });
    transcript.note('merchant', `order ${order} waits for a call to 7002 with the payment key ${PAYMENT_KEY}`);
    return {};
  },
};

interface Showing {
  readonly script: DemoScript;
  readonly call: string;
  readonly caller: RobotCaller;
  readonly order: string;
  readonly folder: string;
  readonly transcript: Transcript;
  readonly agent: typeof AGENT;
  readonly journey: DemoJourney;
}

async function awaitEnd(site: Site, showing: Showing): Promise<DemoFacts> {
  const { script, call, caller, transcript } = showing;
  const { amount, currency } = JOURNEYS[showing.journey];
  const of = (event: string) => (line: LogLine) => line.call === call && line.event === event;
  if (script.returned) {
    await site.log.waitFor('the return to the agent', (line) => of('returned')(line) && line.outcome === 'answered', {
      withinMs: CALL_LIMIT_MS,
    });
    await talk(site, showing);
    await caller.hangUp();
    transcript.note('caller', 'hangs up');
  }
  await site.log.waitFor('the end of the call', of('call-ended'), { withinMs: CALL_LIMIT_MS });
  if (script.told === 'unknown') {
    transcript.note('engine', 'asks the gateway what became of the payment');
    await site.log.waitFor(
      'the settlement of the payment',
      (line) => line.event === 'payment-settled' && line.order === showing.order,
      { withinMs: CALL_LIMIT_MS },
    );
  }
  const agent = site.world.reached(showing.agent.number)[0] ?? null;
  await Promise.all([caller.heard, agent?.heard]);
  const recordings = site.world.saveRecordings(path.join(showing.folder, 'recordings'));
  return {
    script,
    call,
    order: showing.order,
    agent,
    agentTarget: showing.agent.target,
    recordings,
    folder: showing.folder,
    amount,
    currency,
  };
}

/** Agent and caller each say something, so that both recordings show whether the two hear each other. */
async function talk(site: Site, { agent, caller, transcript }: Showing): Promise<void> {
  const answered = await site.world.called(agent.number, CALLER_NUMBER);
  transcript.note(
    'agent',
    `${agent.target} picks up and reads X-Payment-Result: ${answered.headers['X-Payment-Result'] ?? ''}`,
  );
  await Promise.all([answered.speak('sound:hello-world'), caller.speak('sound:hello-world')]);
  await new Promise((resolve) => setTimeout(resolve, TALK_MS));
}

function summarize(
  { journey, outcome }: DemoOptions,
  facts: DemoFacts,
  judged: Awaited<ReturnType<typeof judgeDemo>>,
  begun: number,
): DemoSummary {
  return {
    journey: Number(journey),
    outcome,
    charges: judged.charges,
    amount: facts.amount,
    currency: facts.currency,
    masked: judged.masked,
    reference: judged.reference,
    returned_to: facts.agent === null ? null : facts.agentTarget,
    leaks: judged.leaks,
    checks: judged.checks,
    seconds: Math.round((Date.now() - begun) / 100) / 10,
  };
}

function printSummary(
  { print, look }: DemoOptions,
  summary: DemoSummary,
  leakPlaces: readonly string[],
  folder: string,
): void {
  const rows: [string, string][] = [
    ['outcome', summary.outcome],
    ['amount', `${summary.currency} ${summary.amount}`],
    ['card', summary.masked === '' ? '-' : summary.masked],
    ['reference', summary.reference === '' ? '-' : summary.reference],
    ['charges at the gateway', String(summary.charges)],
    ['returned to', summary.returned_to ?? '-'],
    ['digits found elsewhere', String(summary.leaks)],
  ];
  print('');
  for (const [name, value] of rows) print(`  ${name.padEnd(24)} ${value}`);
  print('');
  for (const check of summary.checks) print(`  ${check.ok ? look.good('yes') : look.bad('NO ')}  ${check.name}`);
  for (const place of leakPlaces) print(`       ${place}`);
  print('');
  print(`  recordings and logs: ${folder}`);
  print(`  ${summary.seconds} s`);
}
