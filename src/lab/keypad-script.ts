import type { LogLine } from './engine-log';
import { fingersMs, type RobotCaller } from './robots';
import type { Site } from './site';

/** Asterisk refuses keys to a channel that is leaving, and then tells that it has left. */
const ENDS_WITHIN_MS = 10_000;

/** What a robot does when a field opens: keys to press, nothing (null), or hanging up after some of the keys. */
export type Reaction =
  | string
  | { readonly keys: string; readonly toneMs: number; readonly gapMs: number }
  | { readonly hangUpAfter: string }
  | null;

/** Reactions by field, one after another as the field opens; when they run out the robot stays silent. */
export type KeypadScript = Readonly<Record<string, readonly Reaction[]>>;

/** Resolves with the id of the call that the engine made of a robot's call. */
export async function engineCallOf(site: Site, callerNumber: string, since = 0): Promise<string> {
  const line = await site.log.waitFor(
    `the start of the call from ${callerNumber}`,
    (candidate) => candidate.event === 'call-started' && candidate.caller === callerNumber,
    { since },
  );
  return line.call ?? '';
}

/**
 * Lets a robot caller go through a call: each time the engine opens a field, the robot does what the script says. Returns
 * a function that ends it.
 */
export function followScript(
  site: Site,
  call: string,
  caller: RobotCaller,
  script: KeypadScript,
  onReaction?: (field: string, reaction: Reaction) => void,
): () => void {
  const used = new Map<string, number>();
  let pressingUntil = 0;
  let torn = false;
  const react = (line: LogLine): void => {
    if (line.call !== call) return;
    const field = String(line.field);
    // On a machine that stands still for a moment keys arrive in a heap. Whoever hears that presses the same keys again.
    if (line.event === 'field-closed' && line.outcome === 'too-fast') {
      used.set(field, Math.max(0, (used.get(field) ?? 0) - 1));
      torn = performance.now() < pressingUntil;
    }
    if (line.event !== 'field-opened') return;
    if (torn) {
      // Keys of the attempt before are still to come: to press them again now would mix the two.
      torn = false;
      return;
    }
    const turn = used.get(field) ?? 0;
    used.set(field, turn + 1);
    const reaction = script[field]?.[turn] ?? null;
    if (reaction === null) return;
    onReaction?.(field, reaction);
    pressingUntil = performance.now() + pressingMs(reaction);
    perform(caller, reaction).catch(async (error: unknown) => {
      // A robot whose call ends while it presses keys has nothing left to press; that it ended may still have to be told.
      if (!(await caller.endsWithin(ENDS_WITHIN_MS))) throw error;
    });
  };
  for (const line of site.log.lines) react(line);
  return site.log.on(react);
}

/** How long the keys take. */
function pressingMs(reaction: Exclude<Reaction, null>): number {
  if (typeof reaction === 'string') return fingersMs(reaction);
  return 'keys' in reaction
    ? fingersMs(reaction.keys, reaction.toneMs, reaction.gapMs)
    : fingersMs(reaction.hangUpAfter);
}

async function perform(caller: RobotCaller, reaction: Exclude<Reaction, null>): Promise<void> {
  if (typeof reaction === 'string') return caller.press(reaction);
  if ('keys' in reaction) return caller.press(reaction.keys, reaction.toneMs, reaction.gapMs);
  await caller.pressed(reaction.hangUpAfter);
  await caller.hangUp();
}
