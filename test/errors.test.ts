import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileReason, ERROR_CODES, HushtoneError, isError, messageOf } from '../src/errors';

const PAGE = readFileSync('docs/operators/errors.md', 'utf8');

/** Code, and what the page says about it. */
const ENTRIES = new Map(
  PAGE.split(/^### /m)
    .slice(1)
    .map((entry): [string, string] => [/^`([^`]+)`/.exec(entry)?.[1] ?? '', entry.split(/^## /m)[0] ?? '']),
);

const SOURCES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|js)$/.test(file) && file !== 'errors.ts')
  .map((file) => readFileSync(path.join('src', file), 'utf8'))
  .join('\n');

describe('the error catalogue', () => {
  it('is documented whole, and nothing that does not exist is documented', () => {
    expect([...ENTRIES.keys()].sort()).toEqual([...ERROR_CODES].sort());
  });

  it.each(ERROR_CODES)('%s is documented with its own words, its retry, its cause and what to do', (code) => {
    const { message, retry } = new HushtoneError(code);
    const [, , first = '', , cause = ''] = (ENTRIES.get(code) ?? '').split('\n');
    expect(first).toBe(`${message}. Retry: ${retry}.`);
    expect(cause).toMatch(/^- Cause: ./);
    expect(ENTRIES.get(code)).toMatch(/^- Do: ./m);
  });

  it.each(ERROR_CODES)('%s is a sentence that a detail can follow', (code) => {
    const { message } = new HushtoneError(code);
    expect(message).toMatch(/^[A-Z].*[A-Za-z0-9]$/);
    expect(message.split(' ').length).toBeGreaterThan(1);
    expect(code).toMatch(/^[a-z]+(-[a-z]+)+$/);
  });

  it.each(ERROR_CODES)('%s is used somewhere', (code) => {
    expect(SOURCES).toContain(`'${code}'`);
  });
});

describe('an error of the catalogue', () => {
  it('says what is wrong and then what exactly', () => {
    const error = new HushtoneError('port-in-use', 'HTTP port 8080');
    expect(error.message).toBe('A port is already in use: HTTP port 8080');
    expect(error).toMatchObject({
      code: 'port-in-use',
      retry: 'safe',
      detail: 'HTTP port 8080',
      name: 'HushtoneError',
    });
  });

  it('keeps the error that caused it', () => {
    const cause = new Error('disk full');
    expect(new HushtoneError('journal-unavailable', 'a.sqlite', { cause }).cause).toBe(cause);
  });

  it('is told from others by its code', () => {
    expect(isError(new HushtoneError('caller-gone'), 'caller-gone')).toBe(true);
    expect(isError(new HushtoneError('caller-gone'), 'call-closed')).toBe(false);
    expect(isError(Object.assign(new Error('a'), { code: 'caller-gone' }), 'caller-gone')).toBe(false);
  });

  it('gives words for anything that was thrown', () => {
    expect(messageOf(new Error('no'))).toBe('no');
    expect(messageOf('no')).toBe('no');
    expect(messageOf(undefined)).toBe('undefined');
  });

  it.each([
    ['EACCES', 'this user may not do that'],
    ['EROFS', 'its disk is read-only'],
    ['ENOSPC', 'the disk is full'],
    ['EWHAT', 'EWHAT: something, open'],
  ])('gives words for what the file system refuses: %s', (code, why) => {
    expect(fileReason(Object.assign(new Error(`${code}: something, open`), { code }))).toBe(why);
    expect(fileReason(null)).toBe('null');
  });
});
