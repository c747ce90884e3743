import { SipPhone } from '../phone/sip-phone';
import { udpLine } from '../phone/sip-line';
import { decodeUlaw } from '../phone/ulaw';
import type { HeardPacket } from '../phone/media-stream';
import type { PhoneCall } from '../phone/phone-call';
import { BENCH_FIELDS } from './bench-call';
import { pause } from './measure';
import { EXPIRY, testCard } from './sipp';

/** How a person's thumb keys, ms. */
const TIMING = { toneMs: 100, gapMs: 100 };
/** The prompt is over, and silence again, before the next key. ms */
const LISTEN_MS = 1_300;
/** What is waited for a prompt that may never come. */
const PROMPT_LIMIT_MS = 3_000;
const LOOK_EVERY_MS = 10;
/** mu-law of what is no silence. */
const LOUD = 1_000;
const PCMU = 0;

export interface Probing {
  readonly number: string;
  readonly host: string;
  readonly port: number;
  /** Telephones at once. */
  readonly lanes: number;
  /** No call begins after this long, ms. */
  readonly forMs: number;
}

export interface ProbeResult {
  readonly calls: number;
  /** From the end of a field's last key to the first packet of the next prompt, as the telephone saw both. ms */
  readonly keyToPromptMs: readonly number[];
}

/** Calls with telephones of our own beside the load, and measures at their RTP sockets how long callers wait for a prompt. */
export async function probe(probing: Probing): Promise<ProbeResult> {
  const phone = new SipPhone(await udpLine());
  const until = performance.now() + probing.forMs;
  const waits: number[] = [];
  let calls = 0;
  const lane = async (index: number): Promise<void> => {
    await pause((index * 2_000) / probing.lanes);
    while (performance.now() < until) {
      calls++;
      waits.push(...(await oneCall(phone, probing, calls)));
    }
  };
  await Promise.all(Array.from({ length: probing.lanes }, (_unused, index) => lane(index)));
  await phone.close();
  return { calls, keyToPromptMs: waits };
}

async function oneCall(phone: SipPhone, { number, host, port }: Probing, index: number): Promise<number[]> {
  const call = await phone.dial({
    did: number,
    server: { host, port },
    number: `+9197${String(10_000_000 + index)}`,
    dtmf: 'rfc4733',
    headers: {
      'X-Amount': '25.00',
      'X-Currency': 'INR',
      'X-Order-Id': `PROBE-${number}-${index}-${Date.now().toString(36)}`,
    },
  });
  try {
    await call.answered;
    await pause(LISTEN_MS);
    const keys = [testCard(500_000 + index), EXPIRY, '123'];
    const waits: number[] = [];
    for (const [nth] of BENCH_FIELDS.entries()) {
      const wait = await keyField(call, keys[nth] ?? '');
      if (wait === null) break;
      waits.push(wait);
      await pause(LISTEN_MS);
    }
    await Promise.race([call.ended, pause(PROMPT_LIMIT_MS)]);
    return waits;
  } catch {
    return [];
  } finally {
    await call.hangUp().catch(() => undefined);
  }
}

/** Keys one field and waits for the prompt behind it; null when none came. */
async function keyField(call: PhoneCall, keys: string): Promise<number | null> {
  const pressed = performance.now();
  const lastKeyEnd = pressed + (keys.length - 1) * (TIMING.toneMs + TIMING.gapMs) + TIMING.toneMs;
  await call.press(keys, TIMING);
  const deadline = lastKeyEnd + PROMPT_LIMIT_MS;
  for (;;) {
    const first = call.media.heard.find((packet) => packet.at >= lastKeyEnd && isLoud(packet));
    if (first !== undefined) {
      call.media.heard.length = 0;
      return first.at - lastKeyEnd;
    }
    if (performance.now() > deadline || !call.up) return null;
    await pause(LOOK_EVERY_MS);
  }
}

function isLoud({ payloadType, payload }: HeardPacket): boolean {
  return payloadType === PCMU && payload.some((byte) => Math.abs(decodeUlaw(byte)) > LOUD);
}
