import path from 'node:path';
import type { AsteriskExit } from './asterisk/running-process';
import { closeAgainstDigits } from './asterisk/console-control';
import { startPrivateAsterisk, type PrivateAsterisk } from './asterisk/private-asterisk';
import { readTrunks } from './asterisk/sip-trunks';
import type { Config } from './config';
import { HushtoneError } from './errors';
import type { Started } from './started';

/** Callers that were handed back hear a sentence to its end; whoever still talks by then is cut off. ms from the stop on. */
const FAREWELL_MS = 8_700;
/** Beyond that nobody is left whom Asterisk could serve: it may not use up what is left of the engine's own time. */
const END_GRACE_MS = 300;

/** The Asterisk that calls come through. */
export interface Switch {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Null: an operator's own. */
  readonly ours: PrivateAsterisk | null;
}

/**
 * The configured Asterisk, or a private one brought up, which ends with the engine.
 *
 * @param onGone told when the private one has ended though nobody asked for it
 */
export async function startSwitch(
  project: string,
  config: Config,
  started: Started,
  onGone: (error: HushtoneError) => void,
): Promise<Switch> {
  if (config.ari !== null) return { ...config.ari, ours: null };
  const configDir = path.join(project, 'asterisk-config');
  const ours = await startPrivateAsterisk({
    projectDir: project,
    configDir,
    ...readTrunks(configDir, (name) => process.env[name]),
    soundsDir: config.soundsDir,
    sipPort: config.sipPort,
    rtpPorts: config.rtpPorts,
    signal: started.stopped,
  });
  started.add('asterisk', async () => {
    await started.within(FAREWELL_MS, untilCallersHaveLeft(ours));
    await ours.stop(END_GRACE_MS);
  });
  void ours.exited.then((exit) => {
    if (!started.ending) onGone(goneBy(exit));
  });
  await closeAgainstDigits(ours.control);
  return { url: ours.ariUrl, user: ours.user, password: ours.password, ours };
}

/** Asterisk refuses further calls from here on, and ends with the last one. */
async function untilCallersHaveLeft({ control, exited }: PrivateAsterisk): Promise<void> {
  const asked = await control('core stop gracefully').then(
    () => true,
    () => false,
  );
  if (asked) await exited;
}

function goneBy({ code, signal, lastLines }: AsteriskExit): HushtoneError {
  const how = signal === null ? `with code ${String(code)}` : `by ${signal}`;
  const said = lastLines.length === 0 ? [] : ['The last it said:', ...lastLines];
  return new HushtoneError(
    'asterisk-failed',
    [`the private one has ended ${how}, and with it every call; the engine ends too: start it again.`, ...said].join(
      '\n  ',
    ),
  );
}
