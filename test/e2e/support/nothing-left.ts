import { PATIENCE_MS } from '../../../src/lab/patience';
import type { Site } from '../../../src/lab/site';
import type { TestCall } from './payment-site';

export interface Health {
  readonly calls: number;
  readonly vault_slots: number;
  readonly timers: number;
}

async function healthOf(site: Site): Promise<Health> {
  return (await (await fetch(`${site.engine.runtime.http_url}/healthz`)).json()) as Health;
}

/** How often the engine is looked at before its first call: now and then one of its timers is between two rounds. */
const LOOKS = 10;

/** The engine's health before the first call, with every timer that it has then. */
export async function healthAtRest(site: Site): Promise<Health> {
  let rest = await healthOf(site);
  for (let look = 1; look < LOOKS; look++) {
    const { timers } = await healthOf(site);
    rest = { ...rest, timers: Math.max(rest.timers, timers) };
  }
  return rest;
}

export async function askConsole(site: Site, command: string): Promise<string> {
  if (site.asterisk === null) throw new Error('this site did not bring its own Asterisk');
  return site.asterisk.control(command);
}

/** Asks again until `holds`, for things that end a moment after the event that announces them. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  holds: (value: T) => boolean,
  withinMs = PATIENCE_MS,
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
  );
  // A channel that was told to go takes a moment.
  await eventually(
    'channels',
    () => askConsole(site, 'core show channels count'),
    (count) => /^0 active channels/m.test(count),
  );
  await eventually(
    'bridges',
    () => askConsole(site, 'bridge show all'),
    (bridges) => bridges.trim().split('\n').length === 1,
  );
}
