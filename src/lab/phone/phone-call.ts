import { randomBytes } from 'node:crypto';
import { PATIENCE_MS } from '../patience';
import type { Impairment, KeyTiming, MediaStream } from './media-stream';
import { buildSdp, parseSdp, type Direction } from './sdp';
import type { HostPort, SipLine } from './sip-line';
import { all, header, methodOf, statusOf, tagOf, uriOf, writeMessage, type SipMessage } from './sip-message';
import { keyTone } from './sound';

/** How keys leave the telephone. `inband`: as tones, and telephone-events are not offered. `doubled`: as telephone-events and in INFO. */
export type DtmfMode = 'rfc4733' | 'info' | 'inband' | 'doubled';

export interface CallFacts {
  readonly id: string;
  /** SIP address of the far end. */
  readonly target: string;
  readonly peer: HostPort;
  /** Our own user part. */
  readonly user: string;
  readonly dtmf: DtmfMode;
  readonly srtpKey: Buffer | null;
}

const TELEPHONE_EVENT = 101;
const SDP_TYPE = 'application/sdp';
const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  202: 'Accepted',
  480: 'Temporarily Unavailable',
  486: 'Busy Here',
  487: 'Request Terminated',
  501: 'Not Implemented',
  603: 'Decline',
};

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
  private ownTag = randomBytes(6).toString('hex');
  private from: string;
  private to: string;
  private remoteTarget: string;
  private sequence = 1;
  private sdpVersion = 1;
  private direction: Direction = 'sendrecv';
  private inviteBranch = '';
  private invited: SipMessage | null = null;
  /** Settles when the keys asked for so far have been pressed. */
  private finger: Promise<void> = Promise.resolve();
  /** What was answered to each request within the call but an INVITE, by its CSeq. */
  private readonly answers = new Map<string, string>();
  private readonly pending = new Map<number, (response: SipMessage) => void>();

  private constructor(
    private readonly line: SipLine,
    readonly media: MediaStream,
    private readonly facts: CallFacts,
  ) {
    this.answered = new Promise((resolve, reject) => (this.settleAnswer = { resolve, reject }));
    this.answered.catch(() => undefined);
    this.ended = new Promise((resolve) => (this.settleEnd = resolve));
    this.remoteTarget = facts.target;
    this.from = `<sip:${facts.user}@${line.address}:${line.port}>;tag=${this.ownTag}`;
    this.to = `<${facts.target}>`;
  }

  static outgoing(line: SipLine, media: MediaStream, facts: CallFacts): PhoneCall {
    return new PhoneCall(line, media, facts);
  }

  static incoming(line: SipLine, media: MediaStream, facts: CallFacts & { invite: SipMessage }): PhoneCall {
    const call = new PhoneCall(line, media, facts);
    call.invited = facts.invite;
    call.to = header(facts.invite, 'from');
    call.from = `${header(facts.invite, 'to')};tag=${call.ownTag}`;
    call.reply(facts.invite, 100);
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
    this.inviteBranch = branch();
    this.request('INVITE', this.sequence, { body: this.offer(), headers, branch: this.inviteBranch });
  }

  ring(): void {
    if (this.invited !== null && !this.over) this.reply(this.invited, 180);
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
    this.reply(this.invited, status);
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
    const sequence = ++this.sequence;
    const response = await this.ask('INVITE', sequence, this.offer());
    const status = statusOf(response) ?? 0;
    this.acknowledge(response, sequence);
    if (status >= 300) throw new Error(`the re-INVITE was refused with ${status}`);
  }

  /** Ends the call, whatever its state: CANCEL before the answer, BYE after. */
  async hangUp(): Promise<void> {
    if (this.over) return;
    if (this.isUp) {
      const bye = this.ask('BYE', ++this.sequence, '');
      this.finish(200);
      await bye;
    } else if (this.invited !== null) this.refuse(486);
    else {
      this.request('CANCEL', this.sequence, { body: '', branch: this.inviteBranch });
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
    // Asterisk asks again after half a second, in which a busy machine may not have sent the answer: it is asked once.
    const answer = this.answers.get(header(request, 'cseq'));
    if (answer !== undefined) {
      this.line.send(answer, this.facts.peer);
      return;
    }
    this.requests.push(method);
    if (method === 'INVITE') {
      if (this.isUp) this.reply(request, 200, this.offer());
      return;
    }
    if (method === 'REFER') {
      void this.refer(uriOf(header(request, 'refer-to')), request);
      return;
    }
    if (method === 'INFO') this.infos.push(request.body);
    this.reply(request, 200);
    if (method === 'BYE') this.finish(200);
    if (method !== 'CANCEL' || this.invited === null || this.isUp) return;
    this.reply(this.invited, 487);
    this.finish(487);
  }

  /** RFC 3515: accepts, and tells by NOTIFY what becomes of it. */
  private async refer(to: string, request: SipMessage): Promise<void> {
    this.reply(request, this.onRefer === null ? 603 : 202);
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
    this.request('NOTIFY', ++this.sequence, { body, type: 'message/sipfrag;version=2.0', headers });
  }

  private receiveResponse(response: SipMessage, status: number): void {
    const [number = '', method = ''] = header(response, 'cseq').split(' ');
    if (method === 'CANCEL') return;
    const waiting = this.pending.get(Number(number));
    if (waiting !== undefined) {
      if (status >= 200) waiting(response);
      return;
    }
    if (method !== 'INVITE' || Number(number) !== 1) return;
    this.learn(response);
    if (status < 200) this.earlyMedia ||= response.body !== '';
    else this.acknowledge(response, 1);
    if (status >= 300) this.finish(status);
    if (status < 200 || status >= 300 || this.isUp) return;
    this.isUp = true;
    this.settleAnswer.resolve();
  }

  /** Takes the tag, the address and the audio of the far end from a response to our INVITE. */
  private learn(response: SipMessage): void {
    if (tagOf(header(response, 'to')) !== '') this.to = header(response, 'to');
    const contact = header(response, 'contact');
    if (contact !== '') this.remoteTarget = uriOf(contact);
    this.connectMedia(response.body);
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
    this.reply(this.invited, status, this.offer());
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
      const told = this.ask('INFO', ++this.sequence, body, 'application/dtmf-relay');
      await Promise.all([told, this.media.rest(timing.toneMs + timing.gapMs)]);
    }
  }

  /** Sends a request and waits for its final response. */
  private async ask(method: string, sequence: number, body: string, type = SDP_TYPE): Promise<SipMessage> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.pending.delete(sequence);
        reject(new Error(`no answer to ${method} within ${PATIENCE_MS} ms`));
      }, PATIENCE_MS);
      this.pending.set(sequence, (response) => {
        clearTimeout(limit);
        this.pending.delete(sequence);
        resolve(response);
      });
      this.request(method, sequence, { body, type });
    });
  }

  private acknowledge(response: SipMessage, sequence: number): void {
    // The ACK of a refusal belongs to the INVITE's own transaction (RFC 3261, section 17.1.1.3).
    const refused = (statusOf(response) ?? 0) >= 300;
    const via = /branch=([^;\s]+)/.exec(header(response, 'via'))?.[1] ?? branch();
    this.request('ACK', sequence, { body: '', branch: refused ? via : branch() });
  }

  private request(
    method: string,
    sequence: number,
    more: { body: string; type?: string; branch?: string; headers?: Readonly<Record<string, string>> },
  ): void {
    const { line, facts } = this;
    const { body, type = SDP_TYPE, headers = {} } = more;
    const target = method === 'CANCEL' ? facts.target : this.remoteTarget;
    const message: SipMessage = {
      start: `${method} ${target} SIP/2.0`,
      headers: [
        ['Via', `SIP/2.0/${line.transport} ${line.address}:${line.port};rport;branch=${more.branch ?? branch()}`],
        ['Max-Forwards', '70'],
        ['From', this.from],
        ['To', this.to],
        ['Call-ID', facts.id],
        ['CSeq', `${sequence} ${method}`],
        ['Contact', this.contact],
        ...Object.entries(headers),
        ...(body === '' ? [] : [['Content-Type', type] as const]),
      ],
      body,
    };
    line.send(writeMessage(message), facts.peer);
  }

  private reply(request: SipMessage, status: number, body = ''): void {
    const to = header(request, 'to');
    const message: SipMessage = {
      start: `SIP/2.0 ${status} ${REASONS[status] ?? 'Other'}`,
      headers: [
        ...all(request, 'via').map((via) => ['Via', via] as const),
        ['From', header(request, 'from')],
        ['To', tagOf(to) === '' && status > 100 ? `${to};tag=${this.ownTag}` : to],
        ['Call-ID', header(request, 'call-id')],
        ['CSeq', header(request, 'cseq')],
        ['Contact', this.contact],
        ...(body === '' ? [] : [['Content-Type', SDP_TYPE] as const]),
      ],
      body,
    };
    const text = writeMessage(message);
    if (methodOf(request) !== 'INVITE') this.answers.set(header(request, 'cseq'), text);
    this.line.send(text, this.facts.peer);
  }

  private get sendsEvents(): boolean {
    return this.facts.dtmf === 'rfc4733' || this.facts.dtmf === 'doubled';
  }

  private get contact(): string {
    const { address, port, transport } = this.line;
    return `<sip:${this.facts.user}@${address}:${port}${transport === 'TLS' ? ';transport=tls' : ''}>`;
  }

  private finish(status: number): void {
    if (this.over) return;
    this.over = true;
    this.media.close();
    this.settleAnswer.reject(new Error(`the call ended with ${status}`));
    this.settleEnd(status);
  }
}

function branch(): string {
  return `z9hG4bK${randomBytes(8).toString('hex')}`;
}
