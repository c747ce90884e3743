'use strict';

/**
 * A process that handles a number, which it makes from a seed (so that nobody has to tell it), and keeps it in one way, or
 * not at all. Says `ready` when it has.
 */
const [, , seedText, way] = process.argv;
let state = Number(seedText);
const digits = Buffer.allocUnsafeSlow(16);
for (let i = 0; i < digits.length; i++) {
  state = (state * 1103515245 + 12345) % 2147483648;
  digits[i] = 0x30 + (Math.floor(state / 65536) % 10);
}

const keep = [];
const ways = {
  buffer: () => keep.push(Buffer.from(digits)),
  string: () => keep.push(`pan ${digits.toString('latin1')} kept`),
  utf16: () => keep.push(Buffer.from(digits.toString('latin1'), 'utf16le')),
  events: () => {
    for (const [i, byte] of [...digits.entries()].reverse()) {
      const timestamp = new Date(Date.UTC(2026, 0, 15, 12, 0, i)).toISOString();
      const event = { type: 'ChannelDtmfReceived', timestamp, digit: String.fromCharCode(byte), duration_ms: 100 };
      keep.push(Buffer.from(JSON.stringify(event)));
    }
  },
  wiped: () => undefined,
};
ways[way]();
digits.fill(0);
process.stdout.write('ready\n');
setInterval(() => keep.length, 60_000);
