import { SRTP_KEY_BYTES, SRTP_SUITE } from './srtp';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What one side says of its audio; mu-law only. */
export interface MediaDescription {
  readonly address: string;
  readonly port: number;
  /** Payload type of telephone-events; null when the side knows none. */
  readonly telephoneEvent: number | null;
  readonly direction: Direction;
  /** Key of the SRTP that this side sends; null for plain RTP. */
  readonly srtpKey: Buffer | null;
}

export function buildSdp(media: MediaDescription, version: number): string {
  const { address, port, telephoneEvent, direction, srtpKey } = media;
  const formats = telephoneEvent === null ? '0' : `0 ${telephoneEvent}`;
  return [
    'v=0',
    `o=phone 1 ${version} IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/${srtpKey === null ? 'AVP' : 'SAVP'} ${formats}`,
    ...(srtpKey === null ? [] : [`a=crypto:1 ${SRTP_SUITE} inline:${srtpKey.toString('base64')}`]),
    'a=rtpmap:0 PCMU/8000',
    ...(telephoneEvent === null
      ? []
      : [`a=rtpmap:${telephoneEvent} telephone-event/8000`, `a=fmtp:${telephoneEvent} 0-16`]),
    'a=ptime:20',
    `a=${direction}`,
    '',
  ].join('\r\n');
}

/** Null when there is no audio in it. */
export function parseSdp(text: string): MediaDescription | null {
  const port = /^m=audio (\d+) /m.exec(text)?.[1];
  const address = /^c=IN IP4 (\S+)/m.exec(text)?.[1];
  if (port === undefined || address === undefined) return null;
  const event = /^a=rtpmap:(\d+) telephone-event\/8000/m.exec(text)?.[1];
  const inline = new RegExp(`^a=crypto:\\d+ ${SRTP_SUITE} inline:([A-Za-z0-9+/=]+)`, 'm').exec(text)?.[1];
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(text)?.[1] as Direction | undefined;
  return {
    address,
    port: Number(port),
    telephoneEvent: event === undefined ? null : Number(event),
    direction: direction ?? 'sendrecv',
    srtpKey: inline === undefined ? null : Buffer.from(inline, 'base64').subarray(0, SRTP_KEY_BYTES),
  };
}
