import type { Finding } from '../src/ports/findings';
import { actOn } from '../src/start-check';
import { silentLogger } from './support/silent-logger';

const finding = (level: Finding['level'], about = 'prompts'): Finding => ({
  about,
  level,
  found: 'this',
  todo: 'that',
});

describe('a start', () => {
  it.each([
    ['masking', 'asterisk-unsafe'],
    ['logging', 'asterisk-unsafe'],
    ['prompts', 'prompt-missing'],
    ['modules', 'asterisk-failed'],
    ['store', 'journal-unavailable'],
  ])('ends for what is refused about %s with %s, and says what to do', (about, code) => {
    expect(() => actOn([finding('ok'), finding('refused', about)], silentLogger)).toThrow(
      expect.objectContaining({ code, detail: 'this: that' }) as Error,
    );
  });

  it('goes on with a warning, which it logs', () => {
    const logged: unknown[] = [];
    const logger = { ...silentLogger, warn: (event: string, fields?: object) => void logged.push([event, fields]) };
    expect(actOn([finding('warning')], logger)).toEqual([]);
    expect(logged).toEqual([['start-check', { state: 'warning', reason: 'this: that' }]]);
  });

  it('shows what nobody has verified in /readyz', () => {
    const [check] = actOn([finding('unverified', 'sign-off')], silentLogger);
    expect([check?.name, check?.check()]).toEqual(['sign-off', { unverified: 'this: that' }]);
  });

  it('keeps every one of several that are about the same, such as a language each', () => {
    const [check, ...others] = actOn(
      [finding('unverified'), { ...finding('unverified'), found: 'more' }],
      silentLogger,
    );
    expect([check?.check(), others]).toEqual([{ unverified: 'this: that; more: that' }, []]);
  });
});
