import { createSocket, type Socket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import { buildRtp, parseRtp, type RtpPacket } from './rtp';
import type { MediaDescription } from './sdp';
import { silence, type Sound } from './sound';
import { SrtpStream } from './srtp';
import { eventPackets } from './telephone-event';

const FRAME_MS = 20;
const SAMPLES_PER_MS = 8;
const PCMU = 0;
/** Two frames: what is overdue by more is not hurried after, or keys would come faster than asked for. */
const LONGEST_STEP_MS = 40;

/** A packet as it reached this socket. */
export interface HeardPacket extends RtpPacket {
  /** When it came, in ms of `performance.now()`. */
  readonly at: number;
}

export interface KeyTiming {
  readonly toneMs: number;
  readonly gapMs: number;
}

/** What the network does to one packet of a telephone-event: loses it, or lets it come late. Null: nothing. */
export type Impairment = (packet: {
  readonly key: number;
  readonly nth: number;
  readonly of: number;
}) => 'lost' | { readonly lateMs: number } | null;

/** A packet to be sent at `due`; it gets its number when its own time comes, and may then still be held back. */
interface Due {
  readonly due: number;
  readonly send: () => void;
}

/**
 * The RTP socket of a telephone: sends 20 ms of audio at a time, as long as it is open, keys in between, and keeps every
 * packet that comes. Paced by a time of its own, which stands still while this machine is too busy.
 */
export class MediaStream {
  readonly heard: HeardPacket[] = [];
  /** Packets that came but could not be opened with the key that the other side had told. */
  unreadable = 0;
  /** The longest time by which this machine was late with something that was due, ms, since this was set to 0. */
  lateMs = 0;

  private sound: Sound | null = silence;
  private remote: MediaDescription | null = null;
  private sealing: SrtpStream | null = null;
  private opening: SrtpStream | null = null;
  private openingKey: Buffer | null = null;
  private readonly startedAt = performance.now();
  /** ms for which this machine was too busy to send; they do not count. */
  private stalled = 0;
  /** When the next tick is due. */
  private due = 0;
  private lastTick = 0;
  private readonly ssrc = randomInt(0xffffffff);
  private sequence = randomInt(0x4000);
  private readonly firstTimestamp = randomInt(0x40000000);
  private frame = 0;
  private readonly agenda: Due[] = [];
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  private constructor(
    private readonly socket: Socket,
    readonly port: number,
  ) {
    socket.on('message', (bytes) => {
      this.receive(bytes);
    });
    socket.on('error', () => undefined);
    this.tick();
  }

  static async open(address: string): Promise<MediaStream> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, address, resolve);
    });
    return new MediaStream(socket, socket.address().port);
  }

  /** Tells where to send to and how; what was sent before went nowhere. */
  connect(remote: MediaDescription, ownSrtpKey: Buffer | null): void {
    this.remote = remote;
    if (ownSrtpKey === null || remote.srtpKey === null) return;
    this.sealing ??= new SrtpStream(ownSrtpKey);
    if (this.openingKey?.equals(remote.srtpKey) === true) return;
    this.openingKey = remote.srtpKey;
    this.opening = new SrtpStream(remote.srtpKey);
  }

  /** What this telephone's microphone picks up from now on. Null: it sends no audio, not even silence. */
  say(sound: Sound | null): void {
    this.sound = sound;
  }

  /** Presses keys as telephone-events, one press at a time. Resolves when the last gap is over. */
  async pressAsEvents(keys: string, timing: KeyTiming, impairment: Impairment = () => null): Promise<void> {
    const from = this.now();
    Array.from(keys).forEach((key, index) => {
      const start = from + index * (timing.toneMs + timing.gapMs);
      const packets = eventPackets(key, timing.toneMs);
      packets.forEach(({ atMs, marker, payload }, nth) => {
        const fate = impairment({ key: index, nth, of: packets.length });
        this.at(start + atMs, () => {
          const sequence = this.nextSequence();
          const send = (): void => {
            const payloadType = this.remote?.telephoneEvent ?? null;
            if (payloadType !== null) this.transmit({ payloadType, marker, sequence, at: start, payload });
          };
          if (fate === null) send();
          else if (fate !== 'lost') this.at(this.now() + fate.lateMs, send);
        });
      });
    });
    await this.reached(from + keys.length * (timing.toneMs + timing.gapMs));
  }

  /** Presses keys as tones in the audio, one press at a time. Resolves when the last gap is over. */
  async pressAsTones(keys: string, timing: KeyTiming, toneOf: (key: string) => Sound): Promise<void> {
    const from = this.now();
    const before = this.sound;
    Array.from(keys).forEach((key, index) => {
      const start = from + index * (timing.toneMs + timing.gapMs);
      this.at(start, () => {
        this.sound = toneOf(key);
      });
      this.at(start + timing.toneMs, () => {
        this.sound = silence;
      });
    });
    await this.reached(from + keys.length * (timing.toneMs + timing.gapMs));
    this.sound = before;
  }

  /** Resolves after `ms` of this stream's own time. */
  rest(ms: number): Promise<void> {
    return this.reached(this.now() + ms);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const { send } of this.agenda.splice(0)) send();
    this.socket.close();
  }

  /** ms since this stream was opened, in its own time. */
  private now(): number {
    return performance.now() - this.startedAt - this.stalled;
  }

  private at(due: number, send: () => void): void {
    if (this.closed) {
      // Nothing waits for a call that is over; what it sends goes nowhere.
      send();
      return;
    }
    const place = this.agenda.findIndex((other) => other.due > due);
    this.agenda.splice(place < 0 ? this.agenda.length : place, 0, { due, send });
  }

  private reached(due: number): Promise<void> {
    return new Promise((resolve) => {
      this.at(due, resolve);
    });
  }

  private tick(): void {
    this.lateMs = Math.max(this.lateMs, this.now() - this.due);
    this.stalled += Math.max(0, this.now() - this.lastTick - LONGEST_STEP_MS);
    const now = this.now();
    this.lastTick = now;
    for (;;) {
      const frameDue = this.frame * FRAME_MS;
      const next = this.agenda[0];
      if (next !== undefined && next.due <= now && next.due <= frameDue) {
        this.agenda.shift();
        next.send();
      } else if (frameDue <= now) this.sendFrame();
      else if (next !== undefined && next.due <= now) {
        this.agenda.shift();
        next.send();
      } else break;
    }
    this.due = Math.min(this.frame * FRAME_MS, this.agenda[0]?.due ?? Number.POSITIVE_INFINITY);
    this.timer = setTimeout(
      () => {
        this.tick();
      },
      Math.max(1, this.due - this.now()),
    );
  }

  private sendFrame(): void {
    const at = this.frame * FRAME_MS;
    this.frame++;
    if (this.sound === null) return;
    const payload = this.sound(at * SAMPLES_PER_MS, FRAME_MS * SAMPLES_PER_MS);
    this.transmit({ payloadType: PCMU, marker: false, sequence: this.nextSequence(), at, payload });
  }

  private nextSequence(): number {
    this.sequence = (this.sequence + 1) & 0xffff;
    return this.sequence;
  }

  private transmit(packet: {
    payloadType: number;
    marker: boolean;
    sequence: number;
    at: number;
    payload: Buffer;
  }): void {
    const { remote } = this;
    if (this.closed || remote === null || remote.direction === 'inactive' || remote.direction === 'sendonly') return;
    const timestamp = this.firstTimestamp + Math.round(packet.at * SAMPLES_PER_MS);
    const rtp = buildRtp({ ...packet, timestamp, ssrc: this.ssrc });
    this.socket.send(this.sealing?.protect(rtp) ?? rtp, remote.port, remote.address);
  }

  private receive(bytes: Buffer): void {
    if (parseRtp(bytes) === null) return;
    const opened = this.opening === null ? bytes : this.opening.open(bytes);
    const packet = opened === null ? null : parseRtp(opened);
    if (packet === null) this.unreadable++;
    else this.heard.push({ ...packet, at: performance.now() });
  }
}
