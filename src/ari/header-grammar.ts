import { HushtoneError } from '../errors';

const NAME = /^[A-Za-z0-9-]{1,64}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*(\([A-Za-z0-9_,:-]*\))?$/;
/** Longer ones would not fit a SIP message over UDP. */
const LONGEST_VALUE = 512;

/**
 * The dialplan function that reads or adds a SIP header. The name goes inside its brackets, so its grammar is strict.
 * @throws HushtoneError `ari-refused` when the name is no header name.
 */
export function headerFunction(action: 'read' | 'add', name: string): string {
  if (!NAME.test(name)) throw refused('the name of a SIP header may have letters, digits and - only');
  return `PJSIP_HEADER(${action},${name})`;
}

/** @throws HushtoneError `ari-refused` when the name could be read as more than one variable or function. */
export function checkedVariable(name: string): string {
  if (!VARIABLE.test(name)) throw refused('this is no name of a channel variable or function');
  return name;
}

/**
 * A header value, endpoint or caller id, unless it could end its line and begin another header.
 * @throws HushtoneError `ari-refused`; the value is not repeated in it.
 */
export function checkedLine(what: string, value: string): string {
  if (value.length > LONGEST_VALUE) throw refused(`${what} is longer than ${LONGEST_VALUE} characters`);
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f) throw refused(`${what} has a control character`);
  }
  return value;
}

function refused(reason: string): HushtoneError {
  return new HushtoneError('ari-refused', reason);
}
