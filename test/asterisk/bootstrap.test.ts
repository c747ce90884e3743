import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { explain } from '../../bin/bootstrap/packages';
import { neededSets, withEnvFile } from '../../bin/bootstrap/programs';
import { Progress } from '../../bin/bootstrap/progress';

const BIN = path.join(__dirname, '../../bin');

describe('what a command needs', () => {
  it.each([
    [['start'], {}, ['asterisk']],
    [['start'], { HUSHTONE_ARI_URL: 'http://pbx.example:8088' }, []],
    [['demo'], { HUSHTONE_ARI_URL: 'http://pbx.example:8088' }, ['asterisk']],
    [['test'], {}, ['asterisk', 'tones']],
    [['prompts', 'build'], {}, ['speech']],
    [['prompts', 'list'], {}, []],
    [['flow', 'check'], {}, []],
    [[], {}, []],
  ])('%j with %j: %j', (args, environment, sets) => {
    expect(neededSets(args, environment)).toEqual(sets);
  });

  it('counts what .env sets, unless the environment says otherwise', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'hushtone-env-'));
    try {
      writeFileSync(
        path.join(directory, '.env'),
        '# mine\nHUSHTONE_ARI_URL="http://a.example"\nexport HUSHTONE_SIP_PORT=0\nPATH=/x\n',
      );
      expect(withEnvFile(directory, {})).toEqual({ HUSHTONE_ARI_URL: 'http://a.example', HUSHTONE_SIP_PORT: '0' });
      expect(withEnvFile(directory, { HUSHTONE_ARI_URL: '' }).HUSHTONE_ARI_URL).toBe('');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('a failed installation of npm packages', () => {
  it.each([
    ['npm error code ECONNREFUSED\nnpm error network request to http://r failed', 'The npm registry cannot be reached'],
    [
      'prebuild-install warn install getaddrinfo ENOTFOUND github.com\ngyp ERR! stack Error: not found: make\nnpm error code 1',
      'a compiler is missing',
    ],
    [
      'gyp ERR! stack FetchError: request to https://n/headers failed, reason: getaddrinfo ENOTFOUND n',
      'header files of Node.js',
    ],
    [
      'gyp ERR! find Python\ngyp ERR! find Python You need to install the latest version of Python.',
      'a compiler is missing',
    ],
    ['make: g++: No such file or directory', 'a compiler is missing'],
    ['npm error code ENOSPC', 'The disk is full'],
    ['npm error code EUSAGE', 'could not be installed'],
  ])('%j is told as one sentence with the log', (output, sentence) => {
    const told = explain(output, '/p/.cache/logs/npm-ci.log');
    expect(told).toContain(sentence);
    expect(told).toMatch(/^[^\n]*\(full log: \/p\/\.cache\/logs\/npm-ci\.log\)\.$/);
  });
});

describe('progress', () => {
  beforeEach(() => {
    jest.spyOn(Date, 'now').mockReturnValue(0);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is plain lines where there is no terminal: one at the beginning, one at the end', () => {
    const lines: string[] = [];
    const progress = new Progress({ isTTY: false, write: (text: string) => lines.push(text) });
    progress.update('Asterisk', 'downloading, 0 %');
    progress.update('Asterisk', 'downloading, 50 %');
    progress.finish('Asterisk', 'ready');
    expect(lines).toEqual(['Asterisk: downloading, 0 %\n', 'Asterisk: ready (0 s)\n']);
  });

  it('is a redrawn line on a terminal', () => {
    const written: string[] = [];
    const progress = new Progress({ isTTY: true, columns: 40, write: (text: string) => written.push(text) });
    progress.update('Asterisk', 'unpacking');
    progress.finish('Asterisk', 'ready');
    expect(written.join('')).toBe('✓ Asterisk: ready (0 s)\n');
  });
});

describe('the committed command', () => {
  it('can be executed and can be read by a Node that is too old to run it', () => {
    const source = readFileSync(path.join(BIN, 'hushtone.js'), 'utf8');
    expect(source.startsWith('#!/usr/bin/env node\n')).toBe(true);
    expect(spawnSync('test', ['-x', path.join(BIN, 'hushtone.js')]).status).toBe(0);
    expect(source).not.toMatch(/=>|`|\?\.|\bconst\b|\blet\b/);
  });

  it('tells an old Node what is needed and exits 1', () => {
    const pretend = "Object.defineProperty(process.versions, 'node', { value: '18.20.4' });";
    const old = spawnSync(
      process.execPath,
      ['-e', `${pretend} require(${JSON.stringify(path.join(BIN, 'hushtone.js'))})`],
      {
        encoding: 'utf8',
      },
    );
    expect(old.status).toBe(1);
    expect(old.stderr).toMatch(
      /^hushtone: Node\.js 20\.19 or newer is needed and this is v[^\n]*same command again\.\n$/,
    );
  });
});
