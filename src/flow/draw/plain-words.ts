import type { Step } from '../ast';

/** Outcomes as somebody says them who has not written the flow. Others are names of the flow's own, and stay. */
const OUTCOMES: Readonly<Record<string, string>> = {
  collected: 'keyed',
  failed: 'not keyed right',
  cancelled: 'cancelled',
  none: 'no choice',
  ok: 'done',
  error: 'fault',
  timeout: 'no answer in time',
  approved: 'approved',
  declined: 'declined',
  'otp-invalid': 'wrong one-time password',
  'already-paid': 'paid before',
  unknown: 'not known',
  'no-answer': 'nobody answers',
  else: 'otherwise',
};

/** Ways for when something does not come as hoped. */
const SIDE_WAYS: readonly string[] = ['failed', 'cancelled', 'none', 'error', 'timeout', 'no-answer', 'busy', 'no'];

export function isSideWay(outcome: string): boolean {
  return SIDE_WAYS.includes(outcome);
}

export function outcomeInWords(step: Step, outcome: string): string {
  if (step.kind === 'menu' && /^[0-9*#]$/.test(outcome)) return `key ${outcome}`;
  if (step.kind === 'return' && outcome === 'failed') return 'cannot be reached';
  if (step.kind === 'route' && outcome.startsWith('if-')) {
    const condition = step.when[Number(outcome.slice(3)) - 1]?.if.text ?? outcome;
    return condition.replaceAll(/\{\{|\}\}/g, '').trim();
  }
  return OUTCOMES[outcome] ?? outcome.replaceAll('-', ' ');
}

/** What a step does. */
export function kindInWords(step: Step): string {
  switch (step.kind) {
    case 'say':
      return 'says';
    case 'collect':
      return `asks for the ${step.field.replaceAll('-', ' ')}`;
    case 'menu':
      return 'lets the caller choose';
    case 'confirm':
      return 'asks yes (1) or no (2)';
    case 'connect':
      return `asks ${step.connector}`;
    case 'route':
      return 'decides';
    case 'otp':
      return step.generate ? 'sends and asks for a one-time password' : 'asks for the one-time password again';
    case 'pay':
      return `takes the payment by ${step.connector}`;
    case 'sms':
      return `sends the SMS "${step.template}"`;
    case 'send-link':
      return 'sends a link to the payment page';
    case 'link':
      return 'joins the caller to a session';
    case 'assist':
      return 'brings an agent to the caller';
    case 'return':
      return 'takes the caller back';
    case 'set':
      return `notes ${Object.keys(step.values).join(', ')}`;
    case 'end':
      return 'hangs up';
  }
}

/** A step's name as words. One with digits stays as it is: `b5-0` is looked for in the file, not read. */
export function nameInWords(name: string): string {
  return /\d/.test(name) ? name : name.replaceAll('-', ' ');
}
