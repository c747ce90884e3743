import { execFile } from 'node:child_process';
import { HushtoneError } from '../errors';

/** Runs one command on the console of a running Asterisk, over its control socket. Resolves with what it prints. */
export type AsteriskControl = (command: string) => Promise<string>;

const CONTROL_LIMIT_MS = 20_000;

/** `commandLine` runs `asterisk -rx <command>` against the right control socket. */
export function makeControl(commandLine: (command: string) => readonly [string, ...string[]]): AsteriskControl {
  return (command) =>
    new Promise((resolve, reject) => {
      const [program, ...args] = commandLine(command);
      execFile(program, args, { timeout: CONTROL_LIMIT_MS, encoding: 'utf8' }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(
            new HushtoneError(
              'asterisk-failed',
              `its console did not take "${command}": ${stderr.trim() || error.message}`,
            ),
          );
      });
    });
}

/** Where Asterisk would write keys or SIP messages while it runs. Those whose module is not loaded have no command. */
const SWITCH_OFF = [
  'core set debug 0',
  'core set verbose 0',
  'rtp set debug off',
  'rtcp set debug off',
  'ari set debug all off',
];

/**
 * Switches off every logging that could hold digits, and checks the rest: the files written by logger.conf, and the module
 * that would pass digits on. Call it before the first card field of a process is opened.
 *
 * @throws HushtoneError `asterisk-unsafe` that names what is wrong
 */
export async function closeAgainstDigits(control: AsteriskControl): Promise<void> {
  for (const command of SWITCH_OFF) await control(command);
  const found: string[] = [];
  const channels = await control('logger show channels');
  if (/\bDTMF\b|\*/i.test(channels.replace(/^.*\bChannel\b.*$/m, '')))
    found.push('a log file of logger.conf takes DTMF');
  for (const module of ['bridge_native_rtp.so', 'res_pjsip_logger.so', 'res_hep.so', 'app_mixmonitor.so']) {
    if (/^1 modules? loaded/m.test(await control(`module show like ${module}`)))
      found.push(`the module ${module} is loaded`);
  }
  if (found.length > 0) throw new HushtoneError('asterisk-unsafe', found.join('; '));
}
