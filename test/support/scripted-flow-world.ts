import { readFileSync } from 'node:fs';
import { MemoryCardVault } from '../../src/card/vault';
import { compileFlow, type CompiledFlow } from '../../src/flow/compile/compile-flow';
import { parseFlow } from '../../src/flow/parse/parse-flow';
import type { FlowTools } from '../../src/flow/run/flow-tools';
import type { StoredFlow } from '../../src/flow/run/restore';
import { runFlow, type FlowEnd } from '../../src/flow/run/run-flow';
import type { CallEvent } from '../../src/ports/call-events';
import type { Connectors, ExchangeRequest, ExchangeResult } from '../../src/ports/connectors';
import type { PaymentRequest, PaymentResult, Payments } from '../../src/ports/payments';
import type { Sessions } from '../../src/ports/sessions';
import { noSessions } from '../../src/session/no-sessions';
import type { Prompts, SayItem, SpokenValues } from '../../src/ports/prompts';
import { ManualClock, settle } from './manual-clock';
import { ScriptedCall, type CallScript } from './scripted-call';
import { silentLogger } from './silent-logger';

export const VISA = '4111111111111111';
export const MASTERCARD = '5555555555554444';
export const EXPIRY = '1229';
export const CVV = '731';
export const OTP = '604815';

export const HEADERS = {
  'X-Amount': '2500.50',
  'X-Currency': 'INR',
  'X-Order-Id': 'TXN-10492',
  'X-Customer-Phone': '+919800000100',
  'X-Return-To': 'agent-101',
};

type Exchanged = Partial<ExchangeResult> | Error;
type Outcome = PaymentResult['outcome'] | Pick<PaymentResult, 'outcome' | 'token'>;
type Paid = Outcome | Error | (() => Promise<Outcome>);

export interface WorldScript extends Partial<CallScript> {
  /** Name of the flow's file, or its text when it has line breaks. */
  readonly flow?: string;
  /** By `connector.operation`; one entry per exchange, the last one repeats. */
  readonly exchanges?: Readonly<Record<string, readonly Exchanged[]>>;
  /** Instead of what the script answers. */
  readonly connectors?: Connectors;
  /** Outcomes of the payments in turn, the last one repeats. */
  readonly payments?: readonly Paid[];
  readonly sessions?: Partial<Sessions>;
  readonly resume?: PaymentResult | 'start-again';
  readonly hangUpAt?: string;
  /** How a restored flow goes on. */
  readonly restored?: 'ask-again' | 'bring-back';
}

const DEFAULT_EXCHANGES: Readonly<Record<string, readonly Exchanged[]>> = {
  'lookup-transaction.run': [
    { values: { amount: '99', currency: 'USD', order_id: 'TXN-7', phone: '+14155550100', return_to: 'agent-102' } },
  ],
  'otp-pay.generate': [{ values: { otp_reference: 'otp-ref-1' } }],
};

/** One call through a flow in a world that follows a script: real parser, machine, expressions, sinks and vault. */
export class FlowWorld {
  readonly clock = new ManualClock();
  readonly events: CallEvent[] = [];
  readonly exchanges: ExchangeRequest[] = [];
  readonly payments: PaymentRequest[] = [];
  readonly resumed: string[] = [];
  readonly stored: StoredFlow[] = [];
  readonly reached: string[] = [];
  readonly vault: MemoryCardVault;
  readonly call: ScriptedCall;
  readonly compiled: CompiledFlow;
  private made = 0;
  private readonly turns = new Map<string, number>();

  constructor(
    private readonly script: WorldScript = {},
    private readonly idPrefix = '',
  ) {
    this.vault = new MemoryCardVault({ clock: this.clock, makeId: (prefix) => this.makeId(prefix) });
    this.compiled = compiled(script.flow ?? 'transferred-call');
    this.call = new ScriptedCall({
      headers: script.headers ?? HEADERS,
      ...(script.caller === undefined ? {} : { caller: script.caller }),
      transfer: script.transfer ?? {},
      keys: { 'card-number': [VISA], 'expiration-date': [EXPIRY], 'security-code': [CVV], otp: [OTP], ...script.keys },
      returns: script.returns ?? {},
      reach: (effect) => {
        this.reach(effect);
      },
    });
  }

  /** Runs to the end. An agent who answered hangs up at once. */
  async run(restore?: StoredFlow): Promise<FlowEnd> {
    const end = this.begin(restore);
    await settle();
    if (this.call.returnRequests.length > 0) this.call.end('agent');
    return end;
  }

  /** Runs until somebody ends the call. */
  begin(restore?: StoredFlow, keep = this.store): Promise<FlowEnd> {
    const { compiled: flow, call } = this;
    const plan = restore === undefined ? {} : { restore, restored: this.script.restored ?? 'ask-again' };
    return runFlow({ compiled: flow, call, keep, ...plan }, this.tools());
  }

  private readonly store = (stored: StoredFlow): void => {
    this.stored.push(JSON.parse(JSON.stringify(stored)) as StoredFlow);
  };

  get steps(): string[] {
    return this.events.flatMap((event) => (event.type === 'step-entered' ? [event.step] : []));
  }

  exchangesOf(name: string): ExchangeRequest[] {
    return this.exchanges.filter((each) => `${each.connector}.${each.operation}` === name);
  }

  private tools(): FlowTools {
    const { clock, vault } = this;
    return {
      connectors: this.script.connectors ?? this.connectors(),
      payments: this.paymentRoom(),
      sessions: { ...noSessions, ...this.script.sessions },
      vault,
      prompts: wordPrompts,
      targets: {
        resolve: (id) => (/^(agent-1\d\d|support-queue)$/.test(id) ? `PJSIP/${id}` : null),
        addressOf: (id) => (/^agent-1\d\d$/.test(id) ? `sip:${id}@pbx` : null),
        idOf: (telephone) => /^(?:PJSIP\/|sip:)(agent-1\d\d)(?:@pbx)?$/.exec(telephone)?.[1] ?? null,
        defaultTarget: 'support-queue',
      },
      clock,
      ids: (prefix) => this.makeId(prefix),
      record: (_call, event) => {
        this.events.push(event);
      },
      logger: silentLogger,
    };
  }

  private connectors(): Connectors {
    return {
      exchange: async (request) => {
        const name = `${request.connector}.${request.operation}`;
        this.reach(`exchange:${name}`);
        await settleOnce();
        this.exchanges.push(request);
        const answers = this.script.exchanges?.[name] ?? DEFAULT_EXCHANGES[name] ?? [{}];
        const answer = this.inTurn(name, answers) ?? {};
        if (answer instanceof Error) throw answer;
        const sealed =
          name === 'otp-pay.generate' && (answer.outcome ?? 'ok') === 'ok' ? this.sealedOtp(request.owner) : {};
        return { outcome: 'ok', values: {}, sealed, sent: 'yes', status: 200, ms: 12, reason: '', ...answer };
      },
    };
  }

  private sealedOtp(owner: string): Record<string, string> {
    const { ref } = this.vault.put(owner, 'otp', Buffer.from(OTP));
    return ref === null ? {} : { otp: ref };
  }

  private paymentRoom(): Payments {
    return {
      take: async (request) => {
        this.reach('take');
        this.payments.push(request);
        await settleOnce();
        const paid = this.inTurn<Paid>('take', this.script.payments ?? ['approved']) ?? 'approved';
        if (paid instanceof Error) throw paid;
        const answer = typeof paid === 'function' ? await paid() : paid;
        const told = typeof answer === 'string' ? { outcome: answer } : answer;
        const result: PaymentResult = { reference: 'GW-77', reason: '', ...told };
        this.wipe(request, result);
        return result;
      },
      resume: (attempt) => {
        this.resumed.push(attempt);
        return Promise.resolve(this.script.resume ?? 'start-again');
      },
      sweep: () => Promise.resolve(0),
      idle: () => Promise.resolve(),
    };
  }

  /** As the port says: the OTP alone after `otp-invalid`, everything after another final answer. */
  private wipe({ card }: PaymentRequest, { outcome }: PaymentResult): void {
    if (card === null) return;
    if (card.otp !== null) this.vault.wipe(card.otp);
    if (outcome === 'otp-invalid' || outcome === 'unknown') return;
    for (const ref of [card.number, card.expiry, card.securityCode]) this.vault.wipe(ref);
  }

  private inTurn<T>(name: string, answers: readonly T[]): T | undefined {
    const turn = this.turns.get(name) ?? 0;
    this.turns.set(name, turn + 1);
    return answers[Math.min(turn, answers.length - 1)];
  }

  private reach(effect: string): void {
    this.reached.push(effect);
    this.script.reach?.(effect);
    if (this.script.hangUpAt === effect) this.call.end('caller');
  }

  private makeId(prefix: string): string {
    return `${prefix}_${this.idPrefix}${(this.made += 1)}`;
  }
}

/** Says prompts by their ids, and values as they are, but no amounts in CHF; all but English with the language in front. */
const wordPrompts: Prompts = {
  languages: ['en'],
  say: (language, items) => {
    const words = items.map((item) => `${language === 'en' ? '' : `${language}:`}${wordOf(item)}`);
    const unsaid = items.filter((item) => !('prompt' in item) && item.currency === 'CHF');
    return { media: words, words: words.join(' '), missing: unsaid.map(() => 'amounts in "CHF"') };
  },
  speaksCurrency: (_language, currency) => currency !== 'CHF',
  gaps: () => [],
  unfilled: () => [],
};

function wordOf(item: SayItem): string {
  if (!('prompt' in item)) return textsOf(item).join(' ');
  return [item.prompt, ...textsOf(item.values ?? {})].join('=');
}

function textsOf(values: SpokenValues): string[] {
  return Object.values(values as Record<string, string>);
}

const cache = new Map<string, CompiledFlow>();

function compiled(flow: string): CompiledFlow {
  const known = cache.get(flow);
  if (known !== undefined) return known;
  const file = `flows/${flow}.yaml`;
  const inline = flow.includes('\n');
  const parsed = parseFlow(inline ? 'inline.yaml' : file, inline ? flow : readFileSync(file, 'utf8'));
  if (parsed.flow === null || parsed.mistakes.length > 0) throw new Error(JSON.stringify(parsed.mistakes));
  const result = compileFlow(parsed.flow);
  cache.set(flow, result);
  return result;
}

function settleOnce(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
