import path from 'node:path';
import { toMinorUnits } from '../flow/money';
import type { DemoScript } from './demo-script';
import { LeakScan } from './leak-scan';
import type { Needle } from './leak-patterns';
import type { RobotAgent } from './robots';
import type { Site } from './site';
import { loudness } from './wav-loudness';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
}

export interface DemoFacts {
  readonly script: DemoScript;
  readonly call: string;
  readonly order: string;
  readonly amount: string;
  readonly currency: string;
  /** Who took the caller back, if anybody did. */
  readonly agent: RobotAgent | null;
  readonly agentTarget: string;
  /** Folder with `caller.wav` and `agent.wav`: what each heard. */
  readonly recordings: string;
  readonly folder: string;
}

export interface Judgement {
  readonly charges: number;
  readonly masked: string;
  readonly reference: string;
  readonly leaks: number;
  /** Where card numbers were found, a line each; holds no digit of them. */
  readonly leakPlaces: readonly string[];
  readonly checks: readonly Check[];
}

interface Charges {
  readonly charged: number;
  readonly charges: readonly {
    readonly charged: boolean;
    readonly id: string;
    /** Minor units. */
    readonly amount: number;
    readonly currency: string;
  }[];
}

/** Louder than the noise of a line (root mean square of 1); a spoken word is well above. */
const AUDIBLE = 0.005;
/** Of the end of a recording: what was said after the return. */
const TALK_WINDOW_MS = 3_000;

/** Holds what happened against what the script asked for. Everything is asked of the outside: gateway, robots, files, memory. */
export async function judgeDemo(site: Site, facts: DemoFacts): Promise<Judgement> {
  const { script } = facts;
  const charges = await site.sandbox<Charges>(`/charges?order=${encodeURIComponent(facts.order)}`);
  const payments = site.log.lines.filter((line) => line.call === facts.call && line.event === 'payment');
  const told = payments.map((line) => String(line.outcome)).at(-1) ?? '';
  const agentWasTold = facts.agent?.headers['X-Payment-Result'] ?? '';
  const leaks = await countLeaks(site, facts, charges);
  const checks: Check[] = [
    {
      name: `the outcome is the one asked for (${script.told === '' ? 'no payment was begun' : script.told})`,
      ok: told === script.told,
    },
    {
      name: `the gateway charged ${times(script.charges)}, as claimed${script.charges === 0 ? '' : `, ${facts.currency} ${facts.amount}`}`,
      ok:
        charges.charged === script.charges &&
        charges.charges.every(
          ({ charged, amount, currency }) =>
            !charged || (currency === facts.currency && amount === toMinorUnits(facts.amount, currency)),
        ),
    },
    {
      name: script.returned ? 'the caller was back with the agent' : 'the agent was not called',
      ok: (facts.agent !== null) === script.returned,
    },
    ...(script.returned
      ? [
          { name: 'the agent was told the outcome', ok: agentWasTold === script.told },
          { name: 'caller and agent heard each other', ok: heardEachOther(facts) },
        ]
      : []),
    { name: 'no key reached the agent', ok: (facts.agent?.heardKeys.length ?? 0) === 0 },
    { name: "no card number in logs, database, recordings, answers, or the engine's memory", ok: leaks.found === 0 },
    { name: 'that search finds a number that is planted', ok: leaks.control > 0 },
  ];
  return {
    charges: charges.charged,
    masked: String(payments.at(-1)?.masked ?? ''),
    reference: facts.agent?.headers['X-Payment-Reference'] ?? charges.charges.find(({ charged }) => charged)?.id ?? '',
    leaks: leaks.found + (facts.agent?.heardKeys.length ?? 0),
    leakPlaces: leaks.places,
    checks,
  };
}

function times(count: number): string {
  return count === 0 ? 'nothing' : count === 1 ? 'once' : `${count} times`;
}

function heardEachOther({ recordings }: DemoFacts): boolean {
  return ['caller.wav', 'agent.wav'].every((file) => loudness(path.join(recordings, file), TALK_WINDOW_MS) > AUDIBLE);
}

interface Leaks {
  readonly found: number;
  readonly places: readonly string[];
  readonly control: number;
}

async function countLeaks(site: Site, facts: DemoFacts, charges: Charges): Promise<Leaks> {
  const needles = (facts.script.keys['card-number'] ?? []).flatMap((reaction): Needle[] =>
    typeof reaction === 'string' ? [{ name: 'pan', digits: Buffer.from(reaction, 'latin1') }] : [],
  );
  if (needles.length === 0) needles.push({ name: 'pan', digits: Buffer.from('4111111111111111', 'latin1') });
  const scan = new LeakScan(needles);
  await scan.files(facts.folder);
  scan.text('GET /charges', JSON.stringify(charges));
  for (const route of ['/healthz', '/readyz']) {
    scan.text(route, await (await fetch(`${site.engine.runtime.http_url}${route}`)).text());
  }
  await scan.memory(site.engine.runtime.engine_pid);
  const control = new LeakScan(needles);
  control.text('planted', needles.map(({ digits }) => digits.toString('latin1')).join(' '));
  const { total, leaks } = scan.report();
  const places = leaks.map(({ place, form, count }) => `${place}: ${count} as ${form}`);
  return { found: total, places, control: control.report().total };
}
