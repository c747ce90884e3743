import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runDoctor } from '../../src/cli/doctor';
import type { Finding } from '../../src/ports/findings';

const PROJECT = path.resolve(__dirname, '..', '..');
const dataDir = mkdtempSync(path.join(tmpdir(), 'hushtone-doctor-'));

afterAll(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

interface Told {
  readonly code: number;
  readonly findings: readonly Finding[];
}

async function doctor(environment: Record<string, string>): Promise<Told> {
  const lines: string[] = [];
  const code = await runDoctor(['--json'], {
    projectDir: PROJECT,
    environment: {
      HUSHTONE_DATA_DIR: dataDir,
      HUSHTONE_HTTP_PORT: '0',
      HUSHTONE_FLOWS_DIR: path.join(PROJECT, 'flows'),
      HUSHTONE_SOUNDS_DIR: path.join(PROJECT, 'sounds'),
      ...environment,
    },
    print: (line) => lines.push(line),
  });
  return { code, findings: (JSON.parse(lines.join('')) as { findings: Finding[] }).findings };
}

const about = ({ findings }: Told, what: string): string[] =>
  findings.filter((finding) => finding.about === what).map(({ level, found }) => `${level}: ${found}`);

describe('hushtone doctor', () => {
  it('ends with 1 at wrong settings, and names them', async () => {
    const told = await doctor({ HUSHTONE_SIP_PORT: 'sixty' });
    expect(told.code).toBe(1);
    expect(about(told, 'settings').join()).toContain('HUSHTONE_SIP_PORT is "sixty"');
  });

  it('goes on past an Asterisk that does not answer, and past a taken port', async () => {
    const other = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const told = await doctor({
      HUSHTONE_HTTP_PORT: String(port),
      HUSHTONE_ARI_URL: `http://127.0.0.1:${port}`,
      HUSHTONE_ARI_PASSWORD: 'x',
    });
    await new Promise((resolve) => other.close(resolve));
    expect(told.code).toBe(1);
    expect(about(told, 'ports')).toEqual([`refused: HTTP port ${port} on 127.0.0.1 belongs to another program`]);
    expect(about(told, 'asterisk').join()).toContain('there is a web server, but no ARI');
    expect(about(told, 'flows')).toEqual([expect.stringMatching(/^ok: \d+ without a mistake, for the numbers 7001/)]);
  });

  it.each([
    [
      'an address that this machine does not have',
      '192.0.2.1',
      '0',
      /HTTP cannot listen on 192\.0\.2\.1: EADDRNOTAVAIL/,
    ],
    ['a name that nobody knows', 'no-such-host.invalid', '8080', /HTTP cannot listen on no-such-host\.invalid: E/],
  ])('says that HTTP cannot listen on %s, whatever the port', async (_what, host, port, words) => {
    const told = await doctor({
      HUSHTONE_HTTP_HOST: host,
      HUSHTONE_HTTP_PORT: port,
      HUSHTONE_ARI_URL: 'http://127.0.0.1:9',
      HUSHTONE_ARI_PASSWORD: 'x',
    });
    expect(about(told, 'ports')).toEqual([expect.stringMatching(words)]);
  });

  it('names a mistake in a flow, and the command that lists all', async () => {
    const told = await doctor({
      HUSHTONE_SOUNDS_DIR: path.join(PROJECT, 'no-such-folder'),
      HUSHTONE_ARI_URL: 'http://127.0.0.1:9',
      HUSHTONE_ARI_PASSWORD: 'x',
    });
    expect(about(told, 'flows').join()).toContain('HUSHTONE_SOUNDS_DIR');
  });

  it('knows no other word', async () => {
    await expect(
      runDoctor(['--fix'], { projectDir: PROJECT, environment: {}, print: () => undefined }),
    ).rejects.toThrow('doctor knows no "--fix"');
  });
});
