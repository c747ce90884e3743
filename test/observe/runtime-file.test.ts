import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareDataDir, removeRuntimeFile, writeRuntimeFile, type Runtime } from '../../src/observe/runtime-file';

const RUNTIME: Runtime = {
  engine_pid: 1,
  http_url: 'http://127.0.0.1:8080',
  sip_port: 5060,
  rtp_ports: '10000-19999',
  ari_url: 'http://127.0.0.1:8088',
  asterisk_pid: 2,
  sandbox_url: null,
};

let parent = '';
let dataDir = '';

beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'hushtone-data-'));
  dataDir = path.join(parent, 'deep', 'data');
});

afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

const text = (name: string): string => readFileSync(path.join(dataDir, name), 'utf8');

describe('the data directory', () => {
  it('is made, with an API client that its owner alone can read and that stays the same', () => {
    prepareDataDir(dataDir);
    const client = text('api-client.json');
    expect(JSON.parse(client)).toEqual({
      client_id: expect.stringMatching(/^m[0-9a-f]{20}$/) as string,
      client_secret: expect.stringMatching(/^sk_[0-9a-f]{48}$/) as string,
    });
    expect(statSync(path.join(dataDir, 'api-client.json')).mode & 0o777).toBe(0o600);
    prepareDataDir(dataDir);
    expect(text('api-client.json')).toBe(client);
  });

  it('that cannot be made is told with the setting to change', () => {
    writeFileSync(path.join(parent, 'deep'), 'a file');
    expect(() => {
      prepareDataDir(dataDir);
    }).toThrow(/data directory .* cannot be written: .*HUSHTONE_DATA_DIR/);
  });

  it('that lies where nothing can be made is told as well', () => {
    expect(() => {
      prepareDataDir('/proc/hushtone/data');
    }).toThrow('set HUSHTONE_DATA_DIR');
  });

  it('has what this start has taken, and nothing half-written beside it', () => {
    prepareDataDir(dataDir);
    writeRuntimeFile(dataDir, RUNTIME);
    expect(JSON.parse(text('runtime.json'))).toEqual(RUNTIME);
    expect(readdirSync(dataDir).sort()).toEqual(['api-client.json', 'runtime.json']);
  });

  it('loses it again, once or twice', () => {
    prepareDataDir(dataDir);
    writeRuntimeFile(dataDir, RUNTIME);
    removeRuntimeFile(dataDir);
    removeRuntimeFile(dataDir);
    expect(readdirSync(dataDir)).toEqual(['api-client.json']);
  });
});
