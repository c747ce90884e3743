import { randomBytes } from 'node:crypto';
import { PATIENCE_MS } from '../patience';
import type { HostPort, SipLine } from './sip-line';
import { all, header, methodOf, statusOf, tagOf, uriOf, writeMessage, type SipMessage } from './sip-message';

export interface DialogFacts {
  readonly id: string;
  /** SIP address of the far end. */
  readonly target: string;
  readonly peer: HostPort;
  /** Our own user part. */
  readonly user: string;
}

interface Content {
  readonly body: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const SDP_TYPE = 'application/sdp';
export const REASONS: Readonly<Record<number, string>> = {
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

/** CSeq of the INVITE that begins a dialog of ours. */
const FIRST = 1;

/** What is asked and answered within one call of a telephone of the lab, and by which names both sides know it (RFC 3261, section 12). */
export class SipDialog {
  private readonly ownTag = randomBytes(6).toString('hex');
  private readonly from: string;
  private to: string;
  private remoteTarget: string;
  private sequence = FIRST;
  private readonly inviteBranch = branch();
  /** What was answered to each request within the call but an INVITE, by its CSeq. */
  private readonly answers = new Map<string, string>();
  private readonly pending = new Map<number, (response: SipMessage) => void>();

  /** @param invited what began it, when the far end did */
  constructor(
    private readonly line: SipLine,
    private readonly facts: DialogFacts,
    invited: SipMessage | null,
  ) {
    this.remoteTarget = facts.target;
    const own = invited === null ? `<sip:${facts.user}@${line.address}:${line.port}>` : header(invited, 'to');
    this.from = `${own};tag=${this.ownTag}`;
    this.to = invited === null ? `<${facts.target}>` : header(invited, 'from');
  }

  /** Sends the INVITE that begins it. */
  invite(body: string, headers: Readonly<Record<string, string>>): void {
    this.request('INVITE', FIRST, { body, headers, branch: this.inviteBranch });
  }

  /** Takes that INVITE back. */
  cancel(): void {
    this.request('CANCEL', FIRST, { body: '', branch: this.inviteBranch });
  }

  isOfFirstInvite(response: SipMessage): boolean {
    return header(response, 'cseq') === `${FIRST} INVITE`;
  }

  /** Takes the tag and the address of the far end from a response to that INVITE. */
  learn(response: SipMessage): void {
    if (tagOf(header(response, 'to')) !== '') this.to = header(response, 'to');
    const contact = header(response, 'contact');
    if (contact !== '') this.remoteTarget = uriOf(contact);
  }

  /** A response to what was asked later. */
  settle(response: SipMessage, status: number): void {
    if (header(response, 'cseq').endsWith(' CANCEL') || status < 200) return;
    this.pending.get(parseInt(header(response, 'cseq'), 10))?.(response);
  }

  /** Asterisk asks again after half a second, in which a busy machine may not have sent the answer. False: it is asked for the first time. */
  answerAgain(request: SipMessage): boolean {
    const answer = this.answers.get(header(request, 'cseq'));
    if (answer !== undefined) this.line.send(answer, this.facts.peer);
    return answer !== undefined;
  }

  /** Sends a request whose answer nobody waits for. */
  tell(method: string, content: Content): void {
    this.request(method, ++this.sequence, content);
  }

  /** Sends a request and waits for its final response. */
  ask(method: string, body: string, type = SDP_TYPE): Promise<SipMessage> {
    const sequence = ++this.sequence;
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

  /** Of a final response to an INVITE. */
  acknowledge(response: SipMessage): void {
    const sequence = parseInt(header(response, 'cseq'), 10);
    // The ACK of a refusal belongs to the INVITE's own transaction (RFC 3261, section 17.1.1.3).
    const refused = (statusOf(response) ?? 0) >= 300;
    const via = /branch=([^;\s]+)/.exec(header(response, 'via'))?.[1] ?? branch();
    this.request('ACK', sequence, { body: '', branch: refused ? via : branch() });
  }

  private request(method: string, sequence: number, more: Content & { readonly branch?: string }): void {
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

  /** A response; one that was sent already is sent again by `answerAgain`. */
  reply(request: SipMessage, status: number, body = ''): void {
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

  private get contact(): string {
    const { address, port, transport } = this.line;
    return `<sip:${this.facts.user}@${address}:${port}${transport === 'TLS' ? ';transport=tls' : ''}>`;
  }
}

function branch(): string {
  return `z9hG4bK${randomBytes(8).toString('hex')}`;
}
