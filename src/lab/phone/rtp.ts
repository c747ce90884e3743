/** One RTP packet (RFC 3550, section 5.1), without contributing sources and extensions. */
export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  /** In samples of the clock rate: 8 per ms. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

export const RTP_HEADER_BYTES = 12;
const VERSION_2 = 0x80;
/** Second byte of RTCP packets (SR to APP), which may come to an RTP socket. */
const RTCP_TYPES = { from: 200, to: 204 };

export function buildRtp(packet: RtpPacket): Buffer {
  const header = Buffer.alloc(RTP_HEADER_BYTES);
  header[0] = VERSION_2;
  header[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  header.writeUInt16BE(packet.sequence & 0xffff, 2);
  header.writeUInt32BE(packet.timestamp >>> 0, 4);
  header.writeUInt32BE(packet.ssrc >>> 0, 8);
  return Buffer.concat([header, packet.payload]);
}

/** Null for what is no RTP packet: RTCP, STUN, noise. */
export function parseRtp(bytes: Buffer): RtpPacket | null {
  if (bytes.length < RTP_HEADER_BYTES) return null;
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  if ((first & 0xc0) !== VERSION_2) return null;
  if (second >= RTCP_TYPES.from && second <= RTCP_TYPES.to) return null;
  const contributors = first & 0x0f;
  const from = RTP_HEADER_BYTES + 4 * contributors;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    payload: bytes.subarray(from),
  };
}
