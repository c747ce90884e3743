import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { LogLine } from '../../../src/lab/engine-log';
import { engineCallOf, followScript, type KeypadScript } from '../../../src/lab/keypad-script';
import type { AgentManner, RobotCaller } from '../../../src/lab/robots';
import { Site, type SiteOptions } from '../../../src/lab/site';
import { Hearing } from './heard';
import { eventually, healthAtRest, type Health } from './nothing-left';

export const PROJECT = path.resolve(__dirname, '..', '..', '..');
export const EXPIRY = `12${String((new Date().getFullYear() + 3) % 100).padStart(2, '0')}`;

/** Longest time any of these calls may take. */
const CALL_LIMIT_MS = 150_000;

export function shippedFlow(): string {
  return readFileSync(path.join(PROJECT, 'flows', 'transferred-call.yaml'), 'utf8');
}

/** For a test that waits until nobody has answered: shorter, and still long enough for a robot on a busy machine to answer. */
export function ringingBriefly(flow: string): string {
  return flow.replaceAll('ring: 25s', 'ring: 12s');
}

/** What is said before the first field and before the one-time password is tested elsewhere; here it would only take time. */
export function tersely(flow: string): string {
  return flow
    .replace(/say: \[welcome-payment,.*/, 'say: please-wait')
    .replace(/say: (keypad-is-private|sending-otp)/g, 'say: please-wait');
}

/**
 * One site serves all tests of a file at once. Each test has a lane of its own: caller's number, order, agent; so tests run
 * beside one another without meeting.
 */
export class PaymentSite {
  private readonly started: Promise<Site>;
  private lanes = 0;
  /** The engine's health before the first call. */
  atRest: Health = { calls: 0, vault_slots: 0, timers: 0 };

  /**
   * @param flow instead of the shipped one, told as its file's text
   * @param soundsDir recordings instead of the shipped ones
   * @param more further files of the flows' folder, and settings of the engine
   */
  constructor(
    flow = shippedFlow(),
    soundsDir: string | null = null,
    more: Pick<SiteOptions, 'flows' | 'environment'> = {},
  ) {
    this.started = Site.start({
      projectDir: PROJECT,
      bringAsterisk: true,
      flows: { 'transferred-call.yaml': flow, ...more.flows },
      ...(soundsDir === null ? {} : { soundsDir }),
      environment: { HUSHTONE_LOG_LEVEL: 'debug', ...more.environment },
    }).then(async (site) => {
      site.world.seat('support', { manner: 'answer', headers: ['X-Payment-Result'], recording: 'support' });
      this.atRest = await healthAtRest(site);
      return site;
    });
    this.started.catch(() => undefined);
  }

  site(): Promise<Site> {
    return this.started;
  }

  async lane(): Promise<Lane> {
    return new Lane(await this.started, ++this.lanes);
  }

  async stop(): Promise<void> {
    await (await this.started).stop();
  }
}

export interface CallPlan {
  readonly keys: KeypadScript;
  /** Headers instead of the usual ones; null for none. */
  readonly headers?: Readonly<Record<string, string>> | null;
  readonly agent?: AgentManner;
  readonly did?: string;
}

export class Lane {
  /** Ends in 00, so that the sandbox's one-time password is 123456. */
  readonly number: string;
  readonly order: string;
  readonly agent: string;

  constructor(
    readonly site: Site,
    readonly index: number,
  ) {
    this.number = `+9198765${String(100 + index)}00`;
    this.order = `ORD-${index}-${Date.now().toString(36)}`;
    this.agent = String(200 + index);
  }

  headers(amount = '2500.50'): Record<string, string> {
    return {
      'X-Amount': amount,
      'X-Currency': 'INR',
      'X-Order-Id': this.order,
      'X-Customer-Phone': this.number,
      'X-Return-To': `agent-${this.agent}`,
    };
  }

  /** Dials and lets the robot follow the script. */
  async dial(plan: CallPlan): Promise<TestCall> {
    const { site } = this;
    site.world.seat(this.agent, {
      manner: plan.agent ?? 'answer',
      headers: ['X-Payment-Result', 'X-Payment-Reference'],
      recording: `agent-${this.index}`,
    });
    const since = site.log.lines.length;
    const caller = await site.world.dial({
      did: plan.did ?? '7001',
      number: this.number,
      headers: plan.headers === null ? {} : (plan.headers ?? this.headers()),
      recording: `caller-${this.index}`,
    });
    countRealCall();
    const id = await engineCallOf(site, this.number, since);
    return new TestCall(this, id, caller, followScript(site, id, caller, plan.keys));
  }

  async charges(): Promise<{ charged: number; charges: { id: string; masked: string; state: string }[] }> {
    return this.site.sandbox(`/charges?order=${encodeURIComponent(this.order)}`);
  }

  async sms(): Promise<{ message: string; template_id: string; entity_id: string; sender_id: string }[]> {
    const { messages } = await this.site.sandbox<{ messages: Awaited<ReturnType<Lane['sms']>> }>(
      `/sms?to=${encodeURIComponent(this.number)}`,
    );
    return messages;
  }

  /** The sandbox's next answers to this lane's requests are faulty. */
  async fault(endpoint: string, kind: string, times = 1): Promise<void> {
    const about = endpoint === 'sms' ? { phone: this.number } : { order: this.order };
    await this.site.sandbox('/faults', { endpoint, kind, times, ...about });
  }

  /** Waits until every fault of this lane has struck: the request is under way, and its answer is wrong, late or never to come. */
  async struck(): Promise<void> {
    await eventually(
      `the fault of ${this.order} to strike`,
      () => this.site.sandbox<{ faults: { order: string | null; phone: string | null }[] }>('/faults'),
      ({ faults }) => !faults.some(({ order, phone }) => order === this.order || phone === this.number),
    );
  }

  /** The merchant knows the order by the caller's number. */
  async isKnownToMerchant(amount: string): Promise<void> {
    await this.site.sandbox('/transactions', {
      caller: this.number,
      order_id: this.order,
      amount,
      currency: 'INR',
      phone: this.number,
      return_to: `agent-${this.agent}`,
    });
  }
}

export class TestCall {
  constructor(
    readonly lane: Lane,
    readonly id: string,
    readonly caller: RobotCaller,
    private readonly stopScript: () => void,
  ) {}

  /** This call's log so far. */
  get story(): readonly LogLine[] {
    return this.lane.site.log.lines.filter((line) => line.call === this.id);
  }

  /** What came to the caller's telephone as sound, from the answer to the end of the call. */
  async hearing(): Promise<Hearing> {
    await this.caller.heard;
    return Hearing.ofFile(this.lane.site.world.recordingOf(`caller-${this.lane.index}`));
  }

  /** The words of everything that was to be said to the caller, in one text, as the log has them. */
  get told(): string {
    return this.story.flatMap((line) => (line.event === 'said' ? [String(line.words)] : [])).join(' ');
  }

  /** Outcomes of one kind of event, in order. `too-fast` is left out: the robot pressed the same keys again, because the machine had stood still. */
  outcomes(event: string, field?: string): string[] {
    const lines = this.story.filter((line) => line.event === event && (field === undefined || line.field === field));
    return lines.map(({ outcome }) => String(outcome)).filter((outcome) => outcome !== 'too-fast');
  }

  async awaits(event: string, matches: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    return this.lane.site.log.waitFor(
      `${event} of ${this.id}`,
      (line) => line.call === this.id && line.event === event && matches(line),
      { withinMs: CALL_LIMIT_MS },
    );
  }

  /** The first line of this call's log, of any event, that matches. */
  async awaitsLine(matches: (line: LogLine) => boolean): Promise<LogLine> {
    const ours = (line: LogLine): boolean => line.call === this.id && matches(line);
    return this.lane.site.log.waitFor(`the awaited line of ${this.id}`, ours, { withinMs: CALL_LIMIT_MS });
  }

  /** Waits for the return to whoever takes the call, then hangs up as the caller would, and waits for the end. */
  async backWith(number: string): Promise<Readonly<Record<string, string>>> {
    await this.awaits('returned', (line) => line.outcome === 'answered');
    const agent = await this.lane.site.world.called(number, this.lane.number);
    await this.caller.hangUp();
    await this.ends();
    await agent.ended;
    return agent.headers;
  }

  async ends(): Promise<LogLine> {
    const end = await this.awaits('call-ended');
    this.stopScript();
    return end;
  }
}

export function countRealCall(): void {
  const file = process.env.REAL_CALLS_FILE;
  if (file !== undefined) appendFileSync(file, '.');
}
