import type { Impairment, KeyTiming, MediaStream } from './media-stream';
import { buildSdp, parseSdp, type Direction } from './sdp';
import { REASONS, SipDialog, type DialogFacts } from './sip-dialog';
import type { SipLine } from './sip-line';
import { header, methodOf, statusOf, uriOf, type SipMessage } from './sip-message';
import { keyTone } from './sound';

/** How keys leave the telephone. `inband`: as tones, and telephone-events are not offered. `doubled`: as telephone-events and in INFO. */
export type DtmfMode = 'rfc4733' | 'info' | 'inband' | 'doubled';

export interface CallFacts extends DialogFacts {
  readonly dtmf: DtmfMode;
  readonly srtpKey: Buffer | null;
}

const TELEPHONE_EVENT = 101;

/** One call of a telephone of the lab: its SIP dialog and its audio. */
export class PhoneCall {
  /** Resolves when the far end (or, for a call to us, we) answered; rejects when the call ended before. */
  readonly answered: Promise<void>;
  /** Resolves with the final status of a refused call; 200 after a BYE of either side. */
  readonly ended: Promise<number>;
  /** Bodies of SIP INFO that came: how keys could reach this telephone beside its audio. */
  readonly infos: string[] = [];
  /** Of each press of keys so far: by how many ms this machine was late with one of its packets, at worst. */
  readonly lateness: number[] = [];
  /** Requests that came within the call, by method. */
  readonly requests: string[] = [];
  /**
   * What becomes of a REFER: given the address, resolves with the final SIP status of the call there. An answered one takes this
   * call over, which then ends. Declined when left out.
   */
  onRefer: ((to: string) => Promise<number>) | null = null;
  /** True once the far end sent a description of its audio before the answer. */
  earlyMedia = false;

  private settleAnswer!: { resolve: () => void; reject: (error: Error) => void };
  private settleEnd!: (status: number) => void;
  private over = false;
  private isUp = false;
  private readonly dialog: SipDialog;
  private sdpVersion = 1;
  private direction: Direction = 'sendrecv';
  /** Settles when the keys asked for so far have been pressed. */
  private finger: Promise<void> = Promise.resolve();

  private constructor(
    private readonly line: SipLine,
    readonly media: MediaStream,
    private readonly facts: CallFacts,
    /** The INVITE that brought a call to us. */
    private readonly invited: SipMessage | null,
  ) {
    this.answered = new Promise((resolve, reject) => (this.settleAnswer = { resolve, reject }));
    this.answered.catch(() => undefined);
    this.ended = new Promise((resolve) => (this.settleEnd = resolve));
    this.dialog = new SipDialog(line, facts, invited);
  }

  static outgoing(line: SipLine, media: MediaStream, facts: CallFacts): PhoneCall {
    return new PhoneCall(line, media, facts, null);
  }

  static incoming(line: SipLine, media: MediaStream, facts: CallFacts & { invite: SipMessage }): PhoneCall {
    const call = new PhoneCall(line, media, facts, facts.invite);
    call.dialog.reply(facts.invite, 100);
    return call;
  }

  /** For a call to us: the user part that was called. For ours: the number we show. */
  get user(): string {
    return this.facts.user;
  }

  get up(): boolean {
    return this.isUp && !this.over;
  }

  /** Headers of the INVITE that brought a call to us. */
  header(name: string): string {
    return this.invited === null ? '' : header(this.invited, name);
  }

  /** Sends the first INVITE. */
  invite(headers: Readonly<Record<string, string>>): void {
    this.dialog.invite(this.offer(), headers);
  }

  ring(): void {
    if (this.invited !== null && !this.over) this.dialog.reply(this.invited, 180);
  }

  /** Early media: sends audio before the answer. */
  progress(): void {
    this.describe(183);
  }

  answer(): void {
    this.describe(200);
    if (this.over) return;
    this.isUp = true;
    this.settleAnswer.resolve();
  }

  /** Refuses a call to us. */
  refuse(status: number): void {
    if (this.invited === null || this.over) return;
    this.dialog.reply(this.invited, status);
    this.finish(status);
  }

  /** Presses keys in this telephone's way, after those that are being pressed. Resolves when the gap after the last is over. */
  press(keys: string, timing: KeyTiming = { toneMs: 100, gapMs: 100 }, impairment?: Impairment): Promise<void> {
    const pressed = this.finger.then(() => this.pressNow(keys, timing, impairment));
    this.finger = pressed.catch(() => undefined);
    return pressed;
  }

  private async pressNow(keys: string, timing: KeyTiming, impairment?: Impairment): Promise<void> {
    const { dtmf } = this.facts;
    this.media.lateMs = 0;
    await Promise.all([
      this.sendsEvents ? this.media.pressAsEvents(keys, timing, impairment) : null,
      dtmf === 'inband' ? this.media.pressAsTones(keys, timing, keyTone) : null,
      dtmf === 'info' || dtmf === 'doubled' ? this.pressAsInfo(keys, timing) : null,
    ]);
    this.lateness.push(this.media.lateMs);
  }

  /** Puts the far end on hold. */
  async hold(): Promise<void> {
    await this.reinvite('sendonly');
  }

  async resume(): Promise<void> {
    await this.reinvite('sendrecv');
  }

  /** A new INVITE within the call, with nothing or the direction changed. @throws when it is refused. */
  async reinvite(direction: Direction = this.direction): Promise<void> {
    this.direction = direction;
    this.sdpVersion++;
    const response = await this.dialog.ask('INVITE', this.offer());
    const status = statusOf(response) ?? 0;
    this.dialog.acknowledge(response);
    if (status >= 300) throw new Error(`the re-INVITE was refused with ${status}`);
  }

  /** Ends the call, whatever its state: CANCEL before the answer, BYE after. */
  async hangUp(): Promise<void> {
    if (this.over) return;
    if (this.isUp) {
      const bye = this.dialog.ask('BYE', '');
      this.finish(200);
      await bye;
    } else if (this.invited !== null) this.refuse(486);
    else {
      this.dialog.cancel();
      await this.ended;
    }
  }

  receive(message: SipMessage): void {
    const status = statusOf(message);
    if (status === null) this.receiveRequest(message);
    else this.receiveResponse(message, status);
  }

  private receiveRequest(request: SipMessage): void {
    const method = methodOf(request);
    if (method === 'ACK') return;
    if (this.dialog.answerAgain(request)) return;
    this.requests.push(method);
    if (method === 'INVITE') {
      if (this.isUp) this.dialog.reply(request, 200, this.offer());
      return;
    }
    if (method === 'REFER') {
      void this.refer(uriOf(header(request, 'refer-to')), request);
      return;
    }
    if (method === 'INFO') this.infos.push(request.body);
    this.dialog.reply(request, 200);
    if (method === 'BYE') this.finish(200);
    if (method !== 'CANCEL' || this.invited === null || this.isUp) return;
    this.dialog.reply(this.invited, 487);
    this.finish(487);
  }

  /** RFC 3515: accepts, and tells by NOTIFY what becomes of it. */
  private async refer(to: string, request: SipMessage): Promise<void> {
    this.dialog.reply(request, this.onRefer === null ? 603 : 202);
    if (this.onRefer === null) return;
    this.notify(100, 'active;expires=60');
    const status = await this.onRefer(to);
    if (this.over) return;
    this.notify(status, 'terminated;reason=noresource');
    if (status < 300) await this.hangUp();
  }

  private notify(status: number, subscription: string): void {
    const headers = { Event: 'refer', 'Subscription-State': subscription };
    const body = `SIP/2.0 ${status} ${REASONS[status] ?? 'Other'}\r\n`;
    this.dialog.tell('NOTIFY', { body, type: 'message/sipfrag;version=2.0', headers });
  }

  private receiveResponse(response: SipMessage, status: number): void {
    if (!this.dialog.isOfFirstInvite(response)) {
      this.dialog.settle(response, status);
      return;
    }
    this.dialog.learn(response);
    this.connectMedia(response.body);
    if (status < 200) this.earlyMedia ||= response.body !== '';
    else this.dialog.acknowledge(response);
    if (status >= 300) this.finish(status);
    if (status < 200 || status >= 300 || this.isUp) return;
    this.isUp = true;
    this.settleAnswer.resolve();
  }

  private connectMedia(sdp: string): void {
    const remote = parseSdp(sdp);
    if (remote === null) return;
    const telephoneEvent = this.sendsEvents ? remote.telephoneEvent : null;
    this.media.connect({ ...remote, telephoneEvent }, this.facts.srtpKey);
  }

  /** A response to the INVITE that brought the call, with our audio. */
  private describe(status: number): void {
    if (this.invited === null || this.over) return;
    this.connectMedia(this.invited.body);
    this.dialog.reply(this.invited, status, this.offer());
  }

  private offer(): string {
    const { media, line, facts } = this;
    const telephoneEvent = this.sendsEvents ? TELEPHONE_EVENT : null;
    const { direction, sdpVersion } = this;
    return buildSdp(
      { address: line.address, port: media.port, telephoneEvent, direction, srtpKey: facts.srtpKey },
      sdpVersion,
    );
  }

  private async pressAsInfo(keys: string, timing: KeyTiming): Promise<void> {
    for (const key of keys) {
      const body = `Signal=${key}\r\nDuration=${timing.toneMs}\r\n`;
      const told = this.dialog.ask('INFO', body, 'application/dtmf-relay');
      await Promise.all([told, this.media.rest(timing.toneMs + timing.gapMs)]);
    }
  }

  private get sendsEvents(): boolean {
    return this.facts.dtmf === 'rfc4733' || this.facts.dtmf === 'doubled';
  }

  private finish(status: number): void {
    if (this.over) return;
    this.over = true;
    this.media.close();
    this.settleAnswer.reject(new Error(`the call ended with ${status}`));
    this.settleEnd(status);
  }
}
