import { randomBytes } from 'node:crypto';
import { MediaStream } from './media-stream';
import { PhoneCall, type DtmfMode } from './phone-call';
import type { HostPort, SipLine } from './sip-line';
import { header, methodOf, readMessage, statusOf, uriOf, type SipMessage } from './sip-message';
import { SRTP_KEY_BYTES } from './srtp';

export interface PhoneDial {
  /** Whom to call, and where: `sip:7001@127.0.0.1:5060`. */
  readonly did: string;
  readonly server: HostPort;
  /** The number that the call shows. */
  readonly number: string;
  readonly dtmf: DtmfMode;
  readonly headers?: Readonly<Record<string, string>>;
  /** SRTP with keys in the SDP (RFC 4568). */
  readonly srtp?: boolean;
}

/**
 * A telephone of the lab: enough of SIP (RFC 3261) to call and be called on a quiet line, and an RTP socket that does what no
 * ordinary telephone does on demand: keys of any length, lost and late packets, everything heard kept. No retransmission of
 * its own: on this machine no packet of SIP is lost.
 */
export class SipPhone {
  private readonly calls = new Map<string, PhoneCall>();
  private readonly takers = new Map<string, (call: PhoneCall) => void>();

  constructor(private readonly line: SipLine) {
    line.onMessage((text, from) => {
      const message = readMessage(text);
      if (message !== null) void this.receive(message, from);
    });
  }

  /** Where this telephone is: `127.0.0.1:41234`. */
  get address(): string {
    return `${this.line.address}:${this.line.port}`;
  }

  /** Sets who takes calls to a number of this telephone; without a taker they are refused as busy. */
  onCall(number: string, taker: (call: PhoneCall) => void): void {
    this.takers.set(number, taker);
  }

  /** Calls. See `answered` and `ended` of the call for what becomes of it. */
  async dial(dial: PhoneDial): Promise<PhoneCall> {
    const id = `${randomBytes(8).toString('hex')}@${this.line.address}`;
    const media = await MediaStream.open(this.line.address);
    const call = PhoneCall.outgoing(this.line, media, {
      id,
      target: `sip:${dial.did}@${dial.server.host}:${dial.server.port}`,
      peer: dial.server,
      user: dial.number,
      dtmf: dial.dtmf,
      srtpKey: dial.srtp === true ? randomBytes(SRTP_KEY_BYTES) : null,
    });
    this.calls.set(id, call);
    call.invite(dial.headers ?? {});
    return call;
  }

  /** Hangs everything up. */
  async close(): Promise<void> {
    await Promise.all([...this.calls.values()].map((call) => call.hangUp().catch(() => undefined)));
    this.line.close();
  }

  private async receive(message: SipMessage, from: HostPort): Promise<void> {
    const known = this.calls.get(header(message, 'call-id'));
    if (known !== undefined) known.receive(message);
    else if (statusOf(message) === null && methodOf(message) === 'INVITE') await this.ringing(message, from);
  }

  private async ringing(invite: SipMessage, from: HostPort): Promise<void> {
    const id = header(invite, 'call-id');
    const media = await MediaStream.open(this.line.address);
    if (this.calls.has(id)) {
      media.close();
      return;
    }
    const call = PhoneCall.incoming(this.line, media, {
      id,
      target: uriOf(header(invite, 'contact')),
      peer: from,
      user: /sips?:([^@;]+)@/.exec(invite.start)?.[1] ?? '',
      dtmf: 'rfc4733',
      srtpKey: null,
      invite,
    });
    this.calls.set(id, call);
    const taker = this.takers.get(call.user);
    if (taker === undefined) call.refuse(486);
    else taker(call);
  }
}
