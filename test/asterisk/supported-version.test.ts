import { isSupportedVersion, parseVersion } from '../../src/asterisk/supported-version';

describe('which Asterisk may be used', () => {
  it.each([
    ['Asterisk 22.10.1', true],
    ['Asterisk 22.10.1+dfsg+~cs6.17.60671434-1', true],
    ['Asterisk 22.10.0', false],
    ['Asterisk 22.9.4', false],
    ['Asterisk 22.11.0', true],
    ['Asterisk 23.4.0', false],
    ['Asterisk 23.4.1', true],
    ['Asterisk 24.0.0', true],
    ['Asterisk 20.16.0', false],
    ['Asterisk 21.12.2', false],
    ['Asterisk GIT-master-1a2b3c', false],
    ['', false],
  ])('%s: %s', (text, supported) => {
    expect(isSupportedVersion(text)).toBe(supported);
  });

  it('reads a Debian version with an epoch', () => {
    expect(parseVersion('1:22.10.1+dfsg+~cs6.17-1')).toEqual([22, 10, 1]);
  });
});
