import { createCipheriv, createHmac } from 'node:crypto';
import { RTP_HEADER_BYTES } from './rtp';

export const SRTP_SUITE = 'AES_CM_128_HMAC_SHA1_80';
/** Master key and master salt, as they stand in `a=crypto` (RFC 4568, section 6.1). */
export const SRTP_KEY_BYTES = 30;
const MASTER_KEY_BYTES = 16;
const TAG_BYTES = 10;

export interface SessionKeys {
  readonly cipher: Buffer;
  readonly auth: Buffer;
  readonly salt: Buffer;
}

/** RFC 3711, section 4.3, for RTP and a key derivation rate of 0. */
export function deriveSessionKeys(masterKey: Buffer, masterSalt: Buffer): SessionKeys {
  const derive = (label: number, bytes: number): Buffer => {
    const iv = Buffer.concat([masterSalt, Buffer.alloc(2)]);
    iv[7] = iv.readUInt8(7) ^ label;
    return keystream(masterKey, iv, Buffer.alloc(bytes));
  };
  return { cipher: derive(0, 16), auth: derive(1, 20), salt: derive(2, 14) };
}

/**
 * One direction of one SRTP stream: AES in counter mode, HMAC-SHA1 with 80 bits (RFC 3711). Packets without a header
 * extension only, and no replay list: it is a test's telephone.
 */
export class SrtpStream {
  private readonly keys: SessionKeys;
  private rollovers = 0;
  private last: number | null = null;

  constructor(keyAndSalt: Buffer) {
    this.keys = deriveSessionKeys(
      keyAndSalt.subarray(0, MASTER_KEY_BYTES),
      keyAndSalt.subarray(MASTER_KEY_BYTES, SRTP_KEY_BYTES),
    );
  }

  protect(rtp: Buffer): Buffer {
    const rollovers = this.rolloversOf(rtp.readUInt16BE(2));
    const sealed = Buffer.concat([rtp.subarray(0, RTP_HEADER_BYTES), this.crypt(rtp, rollovers)]);
    return Buffer.concat([sealed, this.tag(sealed, rollovers)]);
  }

  /** Null when the packet was not sealed with this key. */
  open(srtp: Buffer): Buffer | null {
    if (srtp.length < RTP_HEADER_BYTES + TAG_BYTES) return null;
    const sealed = srtp.subarray(0, srtp.length - TAG_BYTES);
    const rollovers = this.rolloversOf(srtp.readUInt16BE(2));
    if (!this.tag(sealed, rollovers).equals(srtp.subarray(-TAG_BYTES))) return null;
    return Buffer.concat([sealed.subarray(0, RTP_HEADER_BYTES), this.crypt(sealed, rollovers)]);
  }

  /** How often the sequence number had started again when this packet was numbered (RFC 3711, section 3.3.1). */
  private rolloversOf(sequence: number): number {
    const last = this.last ?? sequence;
    if (sequence - last < -0x8000) this.rollovers++;
    else if (sequence - last > 0x8000) return this.rollovers - 1;
    this.last = sequence;
    return this.rollovers;
  }

  private crypt(rtp: Buffer, rollovers: number): Buffer {
    const iv = Buffer.concat([this.keys.salt, Buffer.alloc(2)]);
    const mask = Buffer.alloc(16);
    rtp.copy(mask, 4, 8, 12);
    mask.writeUInt32BE(rollovers >>> 0, 8);
    rtp.copy(mask, 12, 2, 4);
    for (let i = 0; i < iv.length; i++) iv[i] = iv.readUInt8(i) ^ mask.readUInt8(i);
    return keystream(this.keys.cipher, iv, rtp.subarray(RTP_HEADER_BYTES));
  }

  private tag(sealed: Buffer, rollovers: number): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(rollovers >>> 0);
    return createHmac('sha1', this.keys.auth).update(sealed).update(count).digest().subarray(0, TAG_BYTES);
  }
}

function keystream(key: Buffer, iv: Buffer, text: Buffer): Buffer {
  return createCipheriv('aes-128-ctr', key, iv).update(text);
}
