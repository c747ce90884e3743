import { HushtoneError } from '../errors';
import type { LinkedSession, Sessions } from '../ports/sessions';

/** Stands where sessions will be: each step that needs one fails at once and says why. */
export const noSessions: Sessions = {
  link: (): Promise<LinkedSession> => refuse('link'),
  assist: (): Promise<'finished'> => refuse('assist'),
  sendLink: (): Promise<'ok'> => refuse('send-link'),
};

function refuse(step: string): Promise<never> {
  return Promise.reject(new HushtoneError('not-available', `\`${step}\` takes its failing way`));
}
