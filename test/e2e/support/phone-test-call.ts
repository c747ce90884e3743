import type { LogLine } from '../../../src/lab/engine-log';
import { overheard, soundsOf, type Overheard } from '../../../src/lab/phone/overheard';
import type { PhoneCall } from '../../../src/lab/phone/phone-call';
import { Hearing } from './heard';
import { toneDecoder } from './masking-rig';
import type { PhoneLane } from './phone-site';

/** Longest time any step of these calls may take. */
const STEP_LIMIT_MS = 150_000;

/** What a caller does when a field opens. */
export type Act = (call: PhoneCall) => Promise<unknown>;

/** Acts by field, one after another as it opens; when they run out the caller stays silent. */
export type Acts = Readonly<Record<string, readonly Act[]>>;

export class PhoneTestCall {
  /** The same, once there is one. */
  agent: PhoneCall | null = null;
  private readonly turns = new Map<string, number>();
  /** Fields whose keys are being pressed. */
  private readonly pressing = new Set<string>();
  /** Fields that have closed in the middle of their keys, because a machine that stood still made a gap between two of them. */
  private readonly torn = new Set<string>();
  private readonly stopListening: () => void;
  private failure: Error | null = null;

  constructor(
    readonly lane: PhoneLane,
    readonly id: string,
    readonly caller: PhoneCall,
    /** The call that reached the agent. */
    readonly returned: Promise<PhoneCall>,
    private readonly acts: Acts,
  ) {
    void returned.then((call) => (this.agent = call));
    const { log } = lane.parts.site;
    for (const line of log.lines) this.act(line);
    this.stopListening = log.on((line) => {
      this.act(line);
    });
  }

  get story(): readonly LogLine[] {
    return this.lane.parts.site.log.lines.filter((line) => line.call === this.id);
  }

  /** The words of everything that was to be said to the caller, in one text, as the log has them. */
  get told(): string {
    return this.story.flatMap((line) => (line.event === 'said' ? [String(line.words)] : [])).join(' ');
  }

  /** How the attempts at a field ended, in order. */
  attempts(field: string): string[] {
    return this.story.flatMap((line) =>
      line.event === 'field-closed' && line.field === field ? [String(line.outcome)] : [],
    );
  }

  async awaits(
    event: string,
    matches: (line: LogLine) => boolean = () => true,
    withinMs = STEP_LIMIT_MS,
  ): Promise<LogLine> {
    return this.lane.parts.site.log.waitFor(
      `${event} of ${this.id}`,
      (line) => line.call === this.id && line.event === event && matches(line),
      { withinMs },
    );
  }

  /** Waits for the return, lets the caller do something while the agent listens, hangs up, and waits for the end. */
  async toTheEnd(afterReturn: Act = (caller) => caller.media.rest(500)): Promise<void> {
    await this.awaits('returned', (line) => line.outcome === 'answered');
    await afterReturn(this.caller);
    await this.caller.hangUp();
    await this.ends();
  }

  async ends(): Promise<LogLine> {
    const end = await this.awaits('call-ended');
    this.stopListening();
    if (this.failure !== null) throw this.failure;
    return end;
  }

  /** What came to the caller's telephone as sound. */
  get hearing(): Hearing {
    return Hearing.ofPackets(soundsOf(this.caller.media.heard));
  }

  /** What the agent got, of all packets. */
  async overheard(): Promise<Overheard & { readonly infos: number }> {
    const agent = await this.returned;
    return { ...(await overheard(agent.media.heard, toneDecoder())), infos: agent.infos.length };
  }

  private act(line: LogLine): void {
    if (line.call !== this.id) return;
    const field = String(line.field);
    if (line.event === 'field-closed' && line.outcome === 'too-fast' && this.pressing.has(field)) this.torn.add(field);
    // Whoever still presses keys does not begin anew.
    if (line.event !== 'field-opened' || this.torn.delete(field)) return;
    const turn = this.turns.get(field) ?? 0;
    this.turns.set(field, turn + 1);
    void this.press(field, this.acts[field]?.[turn]);
  }

  private async press(field: string, act: Act | undefined): Promise<void> {
    if (act === undefined) return;
    this.pressing.add(field);
    try {
      await act(this.caller);
    } catch (error) {
      this.failure ??= error as Error;
    } finally {
      this.pressing.delete(field);
    }
  }
}
