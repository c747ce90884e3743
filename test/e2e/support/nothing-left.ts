import type { Site } from '../../../src/lab/site';
import type { TestCall } from './payment-site';

export interface Health {
  readonly calls: number;
  readonly vault_slots: number;
  readonly timers: number;
}

export async function healthOf(site: Site): Promise<Health> {
  return (await (await fetch(`${site.engine.runtime.http_url}/healthz`)).json()) as Health;
}

async function askConsole(site: Site, command: string): Promise<string> {
  if (site.asterisk === null) throw new Error('this site did not bring its own Asterisk');
  return site.asterisk.control(command);
}

/** Asks again until `holds`, for things that end a moment after the event that announces them. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  holds: (value: T) => boolean,
  withinMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`${what}: still ${JSON.stringify(value)} after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** No channel of this call is left in Asterisk: neither the caller's nor the leg to the agent, which carries the caller's number. */
export async function expectNothingLeft(call: TestCall): Promise<void> {
  const digits = call.lane.number.replace('+', '');
  await eventually(
    `channels of ${call.id}`,
    () => askConsole(call.lane.site, 'core show channels concise'),
    (channels) => !channels.includes(digits),
  );
  expect(call.story.filter((line) => line.event === 'call-ended')).toHaveLength(1);
}

/** When no call is up: no channel, no bridge, no vault slot, and no more timers than before the first call. */
export async function expectIdle(site: Site, before: Health): Promise<void> {
  await eventually(
    'the engine at rest',
    () => healthOf(site),
    ({ calls, vault_slots, timers }) => calls === 0 && vault_slots === 0 && timers <= before.timers,
    30_000,
  );
  // A channel that was told to go takes a moment.
  await eventually(
    'channels',
    () => askConsole(site, 'core show channels count'),
    (count) => /^0 active channels/m.test(count),
  );
  const bridges = (await askConsole(site, 'bridge show all')).trim().split('\n').slice(1);
  expect(bridges).toEqual([]);
}
