import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { isFlowFile } from '../../src/flow/load-flows';
import { Place, type BareEngine } from './support/bare-engine';

const places: Place[] = [];

function newPlace(): Place {
  const place = new Place();
  places.push(place);
  return place;
}

/** An engine that runs, for those that get in its way. */
let running: Promise<BareEngine> | null = null;

function another(): Promise<BareEngine> {
  running ??= newPlace()
    .launch('main.js', [])
    .then((engine) => engine.ready());
  return running;
}

afterAll(async () => {
  const engine = await running?.catch(() => null);
  engine?.signal('SIGTERM');
  await engine?.end();
  for (const place of places) place.remove();
});

/** Starts an engine that cannot start. Resolves with the one message on its standard error. */
async function refusal(place: Place, settings: Readonly<Record<string, string>> = {}): Promise<string> {
  const engine = await place.launch('main.js', [], settings);
  expect(await engine.refuse()).toEqual({ code: 1, signal: null });
  expect(engine.stderr.match(/^hushtone: /gm)).toHaveLength(1);
  expect(engine.stderr).toMatch(/^hushtone: /);
  expect(engine.stderr).not.toMatch(/^\s+at .*[:(]\d+/m);
  await engine.expectNothingLeft();
  return engine.stderr;
}

/** A start is refused when no flow is good; one with mistakes is left out beside others. */
function onlyTransferredCall(place: Place): void {
  rmSync(path.join(place.flowsDir, 'payment-key.yaml'));
}

/** Does this while a port of this machine is taken. A server that were left open would keep the tests from ending. */
async function whileTaken<T>(work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function write(place: Place, file: string, text: string): void {
  writeFileSync(path.join(place.flowsDir, file), text);
}

function edit(place: Place, file: string, from: string, to: string): void {
  const text = readFileSync(path.join(place.flowsDir, file), 'utf8');
  expect(text).toContain(from);
  write(place, file, text.replace(from, to));
}

describe('an engine that cannot start says in one message what to do, and leaves nothing behind:', () => {
  it.concurrent('mistakes in the configuration, all at once', async () => {
    const said = await refusal(newPlace(), {
      HUSHTONE_HTTP_PORT: 'eighty',
      HUSHTONE_RTP_PORTS: '9-3',
      HUSHTONE_LOG_LEVEL: 'loud',
      HUSHTONE_ARI_URL: 'http://127.0.0.1:8088',
      HUSHTONE_SIPPORT: '5070',
    });
    for (const name of [
      'HTTP_PORT is "eighty"',
      'RTP_PORTS is "9-3"',
      'LOG_LEVEL is "loud"',
      'SIPPORT is not a setting',
    ])
      expect(said).toContain(`HUSHTONE_${name}`);
    expect(said).toContain('HUSHTONE_ARI_PASSWORD or HUSHTONE_ARI_PASSWORD_FILE must be');
  });

  it.concurrent('a mistake in .env', async () => {
    const place = newPlace();
    writeFileSync(path.join(place.folder, '.env'), 'HUSHTONE_DATA_DIR=./data\nHUSHTONE_LOG_LEVEL=loud\n');
    expect(await refusal(place)).toContain('HUSHTONE_LOG_LEVEL is "loud"; allowed: debug, info, warn or error');
  });

  it.concurrent('a .env that cannot be read', async () => {
    const place = newPlace();
    mkdirSync(path.join(place.folder, '.env'));
    expect(await refusal(place)).toContain('.env cannot be read');
  });

  it.concurrent('an HTTP port in use', async () => {
    await whileTaken(async (port) => {
      const said = await refusal(newPlace(), { HUSHTONE_HTTP_PORT: String(port) });
      expect(said).toContain(`A port is already in use: HTTP port ${port} on 127.0.0.1`);
      expect(said).toContain('set HUSHTONE_HTTP_PORT');
    });
  });

  it.concurrent('an HTTP host that this machine is not', async () => {
    const said = await refusal(newPlace(), { HUSHTONE_HTTP_HOST: '192.0.2.1' });
    expect(said).toContain('HTTP cannot listen on 192.0.2.1');
    expect(said).toContain('HUSHTONE_HTTP_HOST');
  });

  it.concurrent('a SIP port in use; the runtime.json of an engine that was killed is gone too', async () => {
    const { runtime } = await another();
    const place = newPlace();
    mkdirSync(place.dataDir);
    writeFileSync(place.runtimeFile, '{}');
    const said = await refusal(place, { HUSHTONE_SIP_PORT: String(runtime.sip_port) });
    expect(said).toContain(`A port is already in use: SIP port ${String(runtime.sip_port)}`);
    expect(said).toContain('set HUSHTONE_SIP_PORT');
  });

  it.concurrent('an Asterisk that does not answer', async () => {
    // Not one of the ports that are handed out to whoever asks for any: nobody takes this one meanwhile.
    const url = 'http://127.0.0.1:9';
    const said = await refusal(newPlace(), { HUSHTONE_ARI_URL: url, HUSHTONE_ARI_PASSWORD: 'x' });
    expect(said).toContain(`ARI at ${url}`);
    expect(said).toContain('is Asterisk running');
  });

  it.concurrent('a wrong password for ARI, which is not repeated', async () => {
    const { runtime } = await another();
    const said = await refusal(newPlace(), {
      HUSHTONE_ARI_URL: runtime.ari_url,
      HUSHTONE_ARI_PASSWORD: 'not-it-at-all',
    });
    expect(said).toContain('user or password refused');
    expect(said).toContain('HUSHTONE_ARI_PASSWORD');
    expect(said).not.toContain('not-it-at-all');
  });

  it.concurrent('flows with mistakes, each with its place', async () => {
    const place = newPlace();
    onlyTransferredCall(place);
    edit(place, 'transferred-call.yaml', 'next: private', 'next: nowhere');
    edit(place, 'transferred-call.yaml', 'accept: [visa,', 'accept: [visum,');
    const said = await refusal(place);
    const places = said.match(/transferred-call\.yaml:\d+:\d+: [a-z-]+: /g) ?? [];
    expect(places.length).toBeGreaterThanOrEqual(2);
    expect(said).toContain('`nowhere`');
    expect(said).toContain('visum');
  });

  it.concurrent('a flow that is half written', async () => {
    const place = newPlace();
    onlyTransferredCall(place);
    const file = path.join(place.flowsDir, 'transferred-call.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.slice(0, text.indexOf('[visa,') + 4));
    expect(await refusal(place)).toMatch(/transferred-call\.yaml:\d+:\d+: yaml/);
  });

  it.concurrent('a flow that cannot be read', async () => {
    const place = newPlace();
    onlyTransferredCall(place);
    rmSync(path.join(place.flowsDir, 'transferred-call.yaml'));
    symlinkSync('gone.yaml', path.join(place.flowsDir, 'other.yaml'));
    const said = await refusal(place);
    expect(said).toContain('other.yaml:1:1: unreadable: cannot be read: it is not there');
  });

  it.concurrent('a flows folder that is not there', async () => {
    const said = await refusal(newPlace(), { HUSHTONE_FLOWS_DIR: '/nowhere/flows' });
    expect(said).toContain('/nowhere/flows');
    expect(said).toContain('set HUSHTONE_FLOWS_DIR');
  });

  it.concurrent('a flows folder without a flow', async () => {
    const place = newPlace();
    const flows = readdirSync(place.flowsDir).filter(isFlowFile);
    expect(flows).toContain('transferred-call.yaml');
    for (const name of flows) rmSync(path.join(place.flowsDir, name));
    expect(await refusal(place)).toContain(`there is none in ${place.flowsDir}; set HUSHTONE_FLOWS_DIR`);
  });

  it.concurrent('a recording that is missing', async () => {
    const place = newPlace();
    const sounds = place.copySounds();
    rmSync(path.join(sounds, 'en', 'enter-card-number.ulaw'));
    const said = await refusal(place, { HUSHTONE_SOUNDS_DIR: sounds });
    expect(said).toContain('the prompt `enter-card-number` has no recording in `en`; run `hushtone prompts build`');
  });

  it.concurrent('a sounds folder that is not there', async () => {
    const said = await refusal(newPlace(), { HUSHTONE_SOUNDS_DIR: '/nowhere/sounds' });
    expect(said).toContain('/nowhere/sounds');
    expect(said).toContain('set HUSHTONE_SOUNDS_DIR');
  });

  it.concurrent('a secret that is missing', async () => {
    const place = newPlace();
    const secrets = readFileSync(path.join(place.flowsDir, 'sandbox-secrets.yaml'), 'utf8');
    const name = /^([a-z]\w*):/m.exec(secrets)?.[1] ?? '';
    write(place, 'sandbox-secrets.yaml', secrets.replace(new RegExp(`^${name}:.*$`, 'm'), ''));
    const said = await refusal(place);
    expect(said).toContain(`the secret \`${name}\` is not in ${path.join(place.flowsDir, 'sandbox-secrets.yaml')}`);
  });

  it.concurrent('a secrets file that is not there', async () => {
    const said = await refusal(newPlace(), { HUSHTONE_SECRETS_FILE: '/nowhere/secrets.yaml' });
    expect(said).toContain('/nowhere/secrets.yaml:1:1: unreadable: cannot be read');
    expect(said).not.toContain('secret-missing');
  });

  it.concurrent('a data directory that cannot be made', async () => {
    const place = newPlace();
    writeFileSync(place.dataDir, 'a file');
    const said = await refusal(place, { HUSHTONE_DATA_DIR: path.join(place.dataDir, 'data') });
    expect(said).toContain(
      `the data directory ${path.join(place.dataDir, 'data')} cannot be used: ${place.dataDir} is no`,
    );
    expect(said).toContain('set HUSHTONE_DATA_DIR');
  });

  it.concurrent('a payment journal that is damaged', async () => {
    const place = newPlace();
    mkdirSync(place.dataDir);
    writeFileSync(path.join(place.dataDir, 'payments.sqlite'), 'this is no database, '.repeat(500));
    const said = await refusal(place);
    expect(said).toContain(`${path.join(place.dataDir, 'payments.sqlite')} is no payment journal of Hushtone`);
    expect(said).toContain('put the right file back from a backup');
  });

  it.concurrent('the data directory of an engine that runs, which is not disturbed', async () => {
    const engine = await another();
    const second = await newPlace().launch('main.js', [], { HUSHTONE_DATA_DIR: engine.place.dataDir });
    expect(await second.refuse()).toEqual({ code: 1, signal: null });
    expect(second.stderr).toMatch(/^hushtone: .*payments\.sqlite is in use by another process: stop the other engine/);
    await second.expectNothingLeft();
    expect(engine.runtime.engine_pid).toBe(engine.pid);
    expect((await fetch(`${engine.runtime.http_url}/readyz`)).status).toBe(200);
  });
});

describe('the demo refuses', () => {
  it.concurrent.each([
    ['an outcome that it does not know', ['--outcome', 'lucky'], '--outcome is "lucky"; allowed: approved, declined'],
    ['a journey that it does not know', ['--journey=9', '--json'], '--journey is "9"; allowed'],
    ['an option that it does not know', ['--outcom', 'declined'], '"--outcom"'],
  ])('%s', async (_what, args, words) => {
    const place = newPlace();
    const demo = await place.launch(path.join('cli', 'main.js'), ['demo', ...args]);
    expect(await demo.refuse()).toEqual({ code: 1, signal: null });
    expect(demo.stderr.trim().split('\n')).toHaveLength(1);
    expect(demo.stderr).toContain(words);
    await demo.expectNothingLeft();
  });
});
