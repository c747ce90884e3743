import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freeRtpBlock } from '../../asterisk/free-ports';
import { startPrivateAsterisk, type PrivateAsterisk } from '../../asterisk/private-asterisk';
import { encodeMuLaw } from '../../cli/recordings/mu-law';

/** Numbers of the peers. Those of the engine are in test/load/flows. */
export const NUMBERS = { cardOnly: '7901', cardAndPay: '7902', read: '7911', ws: '7912', ariClient: '7913' } as const;

/** Enough for more calls at once than one machine can place: two ports each, and some in hand. */
const RTP_PORTS = 6_000;
const RATE = 8_000;
/** Every prompt is a tone from its first sample on, so that its first packet can be told from silence. */
const PROMPT = { hz: 440, ms: 1_000, level: 0.5 };

/** What all peers share: one Asterisk, the same recordings, a gateway that approves everything. */
export interface BenchGround {
  readonly projectDir: string;
  readonly folder: string;
  readonly asterisk: PrivateAsterisk;
  readonly flowsDir: string;
  readonly soundsDir: string;
  stop(): Promise<void>;
}

export async function prepareGround(projectDir: string): Promise<BenchGround> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hushtone-bench-'));
  const gateway = await startGateway();
  try {
    const soundsDir = makeSounds(projectDir, folder);
    const flowsDir = makeFlows(projectDir, folder, gateway);
    const asterisk = await startPrivateAsterisk({
      projectDir,
      configDir: path.join(projectDir, 'asterisk-config'),
      soundsDir,
      sipPort: 0,
      rtpPorts: await freeRtpBlock('127.0.0.1', RTP_PORTS, Math.random),
      name: 'bench',
      files: asteriskFiles(projectDir),
    });
    const stop = async (): Promise<void> => {
      await asterisk.stop();
      gateway.close();
      rmSync(folder, { recursive: true, force: true });
    };
    return { projectDir, folder, asterisk, flowsDir, soundsDir, stop };
  } catch (error) {
    gateway.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The shipped configuration, with the peers' numbers in the dialplan and what their dialplan needs. */
function asteriskFiles(projectDir: string): Record<string, string> {
  const read = (...file: string[]): string => readFileSync(path.join(projectDir, ...file), 'utf8');
  const own = [
    `exten => ${NUMBERS.read},1,Goto(peer-read,\${EXTEN},1)`,
    `exten => ${NUMBERS.ws},1,Stasis(${NUMBERS.ws})`,
    `exten => ${NUMBERS.ariClient},1,Stasis(${NUMBERS.ariClient})`,
  ];
  const extensions = read('asterisk-config', 'extensions.conf').replace(
    '[from-trunk]',
    `[from-trunk]\n${own.join('\n')}`,
  );
  const modules = ['app_read.so', 'app_verbose.so'].map((name) => `load = ${name}`);
  return {
    'extensions.conf': `${extensions}\n${read('test', 'load', 'peer-dialplan.conf')}`,
    'modules.conf': `${read('asterisk-config', 'modules.conf')}\n${modules.join('\n')}\n`,
  };
}

function makeSounds(projectDir: string, folder: string): string {
  const sounds = path.join(folder, 'sounds');
  cpSync(path.join(projectDir, 'sounds', 'en'), path.join(sounds, 'en'), { recursive: true });
  const samples = Float64Array.from(
    { length: (PROMPT.ms * RATE) / 1000 },
    (_unused, index) => PROMPT.level * Math.sin((2 * Math.PI * PROMPT.hz * (index + 1)) / RATE),
  );
  const tone = encodeMuLaw({ rate: RATE, samples });
  for (const name of readdirSync(path.join(sounds, 'en'))) {
    const file = path.join(sounds, 'en', name);
    if (name.endsWith('.ulaw')) writeFileSync(file, tone);
    // Else Asterisk might choose the old recording in the better quality.
    if (name.endsWith('.g722')) rmSync(file);
  }
  return sounds;
}

function makeFlows(projectDir: string, folder: string, gateway: Server): string {
  const flows = path.join(folder, 'flows');
  cpSync(path.join(projectDir, 'test', 'load', 'flows'), flows, { recursive: true });
  const connector = path.join(flows, 'connectors', 'bench-pay.yaml');
  const { port } = gateway.address() as AddressInfo;
  writeFileSync(connector, readFileSync(connector, 'utf8').replace('127.0.0.1:9', `127.0.0.1:${port}`));
  mkdirSync(path.join(folder, 'data'), { recursive: true });
  return flows;
}

/** Approves every payment at once: the bench measures the engine, not a gateway. */
async function startGateway(): Promise<Server> {
  let payments = 0;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { reference, amount, currency } = JSON.parse(Buffer.concat(pieces).toString() || '{}') as Record<
        string,
        unknown
      >;
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ status: 'approved', id: `pay_${++payments}`, reference, amount, currency }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
