import type { Exit, Flow, PayStep, Step } from '../ast';
import { payOperation } from '../vocabulary';
import type { Checking } from './report';
import { nameOf } from './report';
import { unreadSteps } from './graph';

/** What a connector calls a sensitive input -> the field that is collected for it. */
const FIELD_OF: Readonly<Record<string, string>> = {
  card_number: 'card-number',
  expiry: 'expiration-date',
  security_code: 'security-code',
  otp: 'otp',
};

type Collected = ReadonlySet<string>;

/**
 * Every way to a `pay` must collect what its connector needs, after the last payment that used it up: a caller who is
 * declined keys another card from the start.
 */
export function checkCardData(checking: Checking): void {
  const { flow, world } = checking;
  if (collectsUncertain(checking)) return;
  const before = collectedBefore(flow);
  for (const step of flow.steps.values()) {
    if (step.kind !== 'pay') continue;
    const charge = world.connectors.get(step.connector)?.operations.get(payOperation(step));
    const collected = before.get(step.name);
    if (charge === undefined || collected === undefined) continue;
    reportMissing(checking, step, charge.sealed, collected);
  }
}

/** True when a step that may collect something has mistakes: then nobody knows what it collects. */
function collectsUncertain({ flow, parsed }: Checking): boolean {
  const kinds = [...parsed.damaged.keys()].map((name) => flow.steps.get(name)?.kind);
  return unreadSteps(parsed).length > 0 || kinds.includes('collect') || kinds.includes('otp');
}

function reportMissing(checking: Checking, step: PayStep, needed: readonly string[], collected: Collected): void {
  const missing = needed.map((name) => FIELD_OF[name] ?? name).filter((field) => !collected.has(field));
  if (missing.length === 0) return;
  const fields = missing.map((field) => `\`${field}\``).join(', ');
  const message = `${nameOf(step)} can be reached without ${fields}, which \`${step.connector}\` needs; collect it on every way there (a payment uses it up)`;
  checking.report('card-data', step.place, message);
}

/** Per reachable step: the fields that every way to it has collected. */
function collectedBefore(flow: Flow): ReadonlyMap<string, Collected> {
  const before = new Map<string, Collected>();
  const roots = [flow.start, ...Object.values(flow.on), 'no-context'].filter((name) => flow.steps.has(name));
  const open: { name: string; collected: Collected }[] = roots.map((name) => ({ name, collected: new Set() }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { name, collected } = next;
    const known = before.get(name);
    const merged = known === undefined ? collected : new Set([...known].filter((field) => collected.has(field)));
    if (merged.size === known?.size) continue;
    before.set(name, merged);
    const step = flow.steps.get(name);
    if (step === undefined) continue;
    for (const exit of step.exits) open.push({ name: exit.to, collected: after(step, exit, merged) });
  }
  return before;
}

function after(step: Step, exit: Exit, collected: Collected): Collected {
  if (step.kind === 'collect' && exit.outcome === 'collected') return new Set([...collected, step.field]);
  if (step.kind === 'otp' && exit.outcome === 'collected') return new Set([...collected, 'otp']);
  if (step.kind !== 'pay') return collected;
  // A wrong OTP leaves the card; every other outcome leaves nothing.
  return exit.outcome === 'otp-invalid' ? new Set([...collected].filter((field) => field !== 'otp')) : new Set();
}
