const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * Lets through what a server sends, but for those text messages of a WebSocket that get lost. Frames from a server are not
 * masked, and Asterisk sends each event in one frame (RFC 6455, 5.2). Anything that is no WebSocket passes untouched.
 */
export class WebSocketFilter {
  private rest: Buffer = Buffer.alloc(0);
  private mode: 'head' | 'plain' | 'frames' = 'head';

  constructor(private readonly loses: (text: string) => boolean) {}

  pass(bytes: Buffer): Buffer {
    if (this.mode === 'plain') return bytes;
    this.rest = Buffer.concat([this.rest, bytes]);
    const head = this.mode === 'head' ? this.passHead() : [];
    return Buffer.concat([...head, ...this.passFrames()]);
  }

  private passHead(): Buffer[] {
    const end = this.rest.indexOf(END_OF_HEAD);
    if (!this.rest.toString('latin1').startsWith('HTTP/1.1 101'.slice(0, this.rest.length))) this.mode = 'plain';
    else if (end >= 0) this.mode = 'frames';
    else return [];
    return [this.take(this.mode === 'plain' ? this.rest.length : end + END_OF_HEAD.length)];
  }

  private passFrames(): Buffer[] {
    const passed: Buffer[] = [];
    while (this.mode === 'frames') {
      const size = frameSize(this.rest);
      if (size === null || this.rest.length < size.head + size.body) break;
      const frame = this.take(size.head + size.body);
      const isText = ((frame[0] ?? 0) & 0x0f) === 1;
      if (!isText || !this.loses(frame.toString('utf8', size.head))) passed.push(frame);
    }
    return passed;
  }

  private take(length: number): Buffer {
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return taken;
  }
}

/** Null while too little of the frame is there. */
function frameSize(bytes: Buffer): { head: number; body: number } | null {
  if (bytes.length < 2) return null;
  const length = (bytes[1] ?? 0) & 0x7f;
  if (length < 126) return { head: 2, body: length };
  if (length === 126) return bytes.length < 4 ? null : { head: 4, body: bytes.readUInt16BE(2) };
  return bytes.length < 10 ? null : { head: 10, body: Number(bytes.readBigUInt64BE(2)) };
}
