import { UNTIL_TOLD } from './sipp';

/**
 * SIPp scenarios as text: one caller, one telephone. Only what the tests of the ARI room need of a real SIP peer. What one of them
 * does by itself it does once it is told to (`goOn`), never after some time.
 */

const MEDIA = `m=audio [media_port] RTP/AVP 0 96
      a=rtpmap:0 PCMU/8000
      a=rtpmap:96 telephone-event/8000`;

const SDP = `Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=sipp 1 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      ${MEDIA}`;

const OK_TO_LAST = `<send><![CDATA[
      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:[local_ip]:[local_port]>
      Content-Length: 0
    ]]></send>`;

const scenario = (body: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="peer">
  ${body}
</scenario>
`;

function invite(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n      `);
  return `<send retrans="500"><![CDATA[
      INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:442071838750@[local_ip]:[local_port]>;tag=[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>
      Call-ID: [call_id]
      CSeq: 1 INVITE
      Contact: <sip:442071838750@[local_ip]:[local_port]>
      Max-Forwards: 70
      ${lines.join('')}${SDP}
    ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>`;
}

function request(method: 'ACK' | 'BYE', number: 1 | 2): string {
  return `<send${method === 'BYE' ? ' retrans="500"' : ''}><![CDATA[
      ${method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:442071838750@[local_ip]:[local_port]>;tag=[call_number]
      [last_To:]
      Call-ID: [call_id]
      CSeq: ${number} ${method}
      Max-Forwards: 70
      Content-Length: 0
    ]]></send>`;
}

/**
 * Calls, presses keys (200 ms each, 200 ms apart), and waits to be hung up on. It has to be told when to begin, and again to go on
 * behind each space.
 */
export function callerWhoKeys(keys: string, headers: Readonly<Record<string, string>> = {}): string {
  const runs = keys.split(' ').filter((run) => run !== '');
  const press = runs.map((run) => `${UNTIL_TOLD}<nop><action><exec play_dtmf="${run}"/></action></nop>`).join('');
  return scenario(`${invite(headers)}
  <recv response="200"/>
  ${request('ACK', 1)}
  ${press}
  <recv request="BYE"/>
  ${OK_TO_LAST}`);
}

/** Calls, and hangs up once told to. */
export function callerWhoHangsUp(): string {
  return scenario(`${invite({})}
  <recv response="200"/>
  ${request('ACK', 1)}
  ${UNTIL_TOLD}
  ${request('BYE', 2)}
  <recv response="200"/>`);
}

/** Calls and succeeds only when refused with `status`. */
export function callerWhoIsRefused(status: number): string {
  return scenario(`${invite({})}
  <recv response="${status}"/>
  ${request('ACK', 1)}`);
}

/** Calls, takes a REFER, and says once told to with which status it came to its end; then waits to be hung up on. */
export function callerWhoIsReferred(status: string): string {
  return scenario(`${invite({})}
  <recv response="200">
    <action><ereg regexp="&lt;.*" search_in="hdr" header="To:" check_it="true" assign_to="1"/></action>
  </recv>
  ${request('ACK', 1)}
  <recv request="REFER"/>
  ${OK_TO_LAST.replace('200 OK', '202 Accepted')}
  ${UNTIL_TOLD}
  <send retrans="500"><![CDATA[
      NOTIFY sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:442071838750@[local_ip]:[local_port]>;tag=[call_number]
      To: [$1]
      Call-ID: [call_id]
      CSeq: 3 NOTIFY
      Contact: <sip:442071838750@[local_ip]:[local_port]>
      Max-Forwards: 70
      Event: refer
      Subscription-State: terminated;reason=noresource
      Content-Type: message/sipfrag;version=2.0
      Content-Length: [len]

      SIP/2.0 ${status}
    ]]></send>
  <recv response="200"/>
  <recv request="BYE"/>
  ${OK_TO_LAST}`);
}

const RECEIVE = `<recv request="INVITE" crlf="true"/>`;

const answer = (status: string, body: string): string => `<send retrans="500"><![CDATA[
      SIP/2.0 ${status}
      [last_Via:]
      [last_From:]
      [last_To:];tag=[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:[local_ip]:[local_port]>
      ${body}
    ]]></send>`;

/** Is called, demands a header with this value, answers, and hangs up once told to. */
export function telephoneThatAnswers(header: string, value: string): string {
  return scenario(`<recv request="INVITE" rrs="true">
    <action>
      <ereg regexp="${value}" search_in="hdr" header="${header}:" check_it="true" assign_to="1"/>
      <ereg regexp="&lt;.*" search_in="hdr" header="From:" check_it="true" assign_to="2"/>
    </action>
  </recv>
  <Reference variables="1"/>
  ${answer('180 Ringing', 'Content-Length: 0').replace(' retrans="500"', '')}
  ${answer('200 OK', SDP)}
  <recv request="ACK"/>
  ${UNTIL_TOLD}
  <send retrans="500"><![CDATA[
      BYE [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:agent@[local_ip]:[local_port]>;tag=[call_number]
      To: [$2]
      Call-ID: [call_id]
      CSeq: 1 BYE
      Max-Forwards: 70
      Content-Length: 0
    ]]></send>
  <recv response="200"/>`);
}

/** Is called, answers, and talks until the other side hangs up. */
export function telephoneThatTalks(): string {
  return scenario(`${RECEIVE}
  ${answer('200 OK', SDP)}
  <recv request="ACK"/>
  <recv request="BYE"/>
  ${OK_TO_LAST}`);
}

/** Is called and is busy. */
export function telephoneThatIsBusy(): string {
  return scenario(`${RECEIVE}
  ${answer('486 Busy Here', 'Content-Length: 0')}
  <recv request="ACK"/>`);
}

/** Is called and rings until the caller gives up. */
export function telephoneThatRings(): string {
  return scenario(`${RECEIVE}
  ${answer('180 Ringing', 'Content-Length: 0').replace(' retrans="500"', '')}
  <recv request="CANCEL"/>
  ${OK_TO_LAST}`);
}
