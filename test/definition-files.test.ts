import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FolderEvents, lookAt, surroundingsDiffer } from '../src/definition-files';
import type { Look } from '../src/flow/run/reload/file-changes';
import { silentLogger } from './support/silent-logger';

let base: string;
let folders: { flowsDir: string; soundsDir: string; secretsFile: string | null };

beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'hushtone-files-'));
  folders = { flowsDir: path.join(base, 'flows'), soundsDir: path.join(base, 'sounds'), secretsFile: null };
  cpSync('flows', folders.flowsDir, { recursive: true });
  mkdirSync(path.join(folders.soundsDir, 'en', 'words'), { recursive: true });
  const catalogue = path.join(folders.soundsDir, 'en', 'catalog.yaml');
  writeFileSync(catalogue, 'language: en\n');
  // From long ago: file systems count time in steps, and what is written within one step of the last time looks the same.
  for (const one of [catalogue, path.join(folders.soundsDir, 'en', 'words')]) utimesSync(one, 1, 1);
});

afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

const look = (): Promise<Look> => lookAt(folders);
const inFlows = (...names: readonly string[]): string => path.join(folders.flowsDir, ...names);

/** What differs, by name. */
async function changedBy(change: () => void): Promise<{ readonly files: readonly string[]; readonly around: boolean }> {
  const before = await look();
  change();
  const now = await look();
  const all = new Set([...before.keys(), ...now.keys()]);
  const files = [...all].filter((file) => before.get(file) !== now.get(file)).map((file) => path.relative(base, file));
  return { files: files.sort(), around: surroundingsDiffer(now, before, folders) };
}

describe('a look at the folders', () => {
  it('sees a flow that is written in place, and one that is put there by rename, even with the old time', async () => {
    const file = inFlows('transferred-call.yaml');
    const flow = { files: ['flows/transferred-call.yaml'], around: false };
    expect(
      await changedBy(() => {
        writeFileSync(file, 'flow: other\n');
      }),
    ).toEqual(flow);
    expect(
      await changedBy(() => {
        writeFileSync(inFlows('.new'), 'flow: third\n');
        utimesSync(inFlows('.new'), 1, 1);
        renameSync(inFlows('.new'), file);
      }),
    ).toEqual(flow);
  });

  it.each(['connectors/otp-pay.yaml', 'targets.yaml', 'accounts.yaml', 'sandbox-secrets.yaml'])(
    'tells %s from a flow',
    async (name) => {
      const changed = await changedBy(() => {
        writeFileSync(inFlows(name), '# changed\n');
      });
      expect(changed).toEqual({ files: [`flows/${name}`], around: true });
    },
  );

  it('sees catalogues, and recordings that come and go', async () => {
    const words = path.join(folders.soundsDir, 'en', 'words');
    expect(
      (
        await changedBy(() => {
          writeFileSync(path.join(words, 'one.wav'), 'RIFF');
        })
      ).around,
    ).toBe(true);
    expect(
      (
        await changedBy(() => {
          writeFileSync(path.join(folders.soundsDir, 'en', 'catalog.yaml'), 'language: es\n');
        })
      ).around,
    ).toBe(true);
  });

  it('sees nothing in what editors leave behind', async () => {
    const leavings = [
      '4913',
      '.a.yaml.swp',
      'a.yaml~',
      '#a.yaml#',
      '.#a.yaml',
      'a.yaml.tmp',
      'a.yaml.bak',
      '.a.yaml.1.tmp',
    ];
    const changed = await changedBy(() => {
      for (const name of leavings) {
        writeFileSync(inFlows(name), 'x');
        writeFileSync(inFlows('connectors', name), 'x');
      }
    });
    expect(changed).toEqual({ files: [], around: false });
  });

  it('sees through links, as Kubernetes swaps them', async () => {
    for (const version of ['one', 'two']) {
      mkdirSync(inFlows(`..${version}`));
      writeFileSync(inFlows(`..${version}`, 'mounted.yaml'), `flow: ${version}\n`);
    }
    symlinkSync('..one', inFlows('..data'));
    symlinkSync(path.join('..data', 'mounted.yaml'), inFlows('mounted.yaml'));
    const changed = await changedBy(() => {
      symlinkSync('..two', inFlows('..data_tmp'));
      renameSync(inFlows('..data_tmp'), inFlows('..data'));
    });
    expect(changed).toEqual({ files: ['flows/mounted.yaml'], around: false });
  });

  it('sees links that lead nowhere, which come and go', async () => {
    for (const to of ['nowhere.yaml', 'link.yaml']) {
      const came = await changedBy(() => {
        symlinkSync(to, inFlows('link.yaml'));
      });
      expect(came).toEqual({ files: ['flows/link.yaml'], around: false });
      const went = await changedBy(() => {
        unlinkSync(inFlows('link.yaml'));
      });
      expect(went).toEqual({ files: ['flows/link.yaml'], around: false });
    }
  });

  it('sees a folder that is gone as one without files', async () => {
    rmSync(folders.flowsDir, { recursive: true });
    rmSync(folders.soundsDir, { recursive: true });
    expect((await look()).size).toBe(0);
  });
});

describe('events of the folders', () => {
  let events: FolderEvents;
  let heard: () => void;

  beforeEach(() => {
    heard = () => undefined;
    events = new FolderEvents(
      folders,
      () => {
        heard();
      },
      silentLogger,
    );
  });

  afterEach(() => {
    events.close();
  });

  /** Resolves when an event comes, whatever it is; the test's own limit is the deadline. */
  async function eventOf(change: () => void): Promise<void> {
    await events.refresh();
    const next = new Promise<void>((resolve) => {
      heard = resolve;
    });
    change();
    await next;
  }

  it('come for a flow, a connector and a recording', async () => {
    await eventOf(() => {
      writeFileSync(inFlows('transferred-call.yaml'), 'flow: other\n');
    });
    await eventOf(() => {
      writeFileSync(inFlows('connectors', 'otp-pay.yaml'), 'id: other\n');
    });
    await eventOf(() => {
      writeFileSync(path.join(folders.soundsDir, 'en', 'new.wav'), 'RIFF');
    });
  });

  it('come again from a folder that was deleted and made anew, and from one that a link leads to now', async () => {
    await events.refresh();
    rmSync(folders.flowsDir, { recursive: true });
    mkdirSync(folders.flowsDir);
    await eventOf(() => {
      writeFileSync(inFlows('new.yaml'), 'flow: new\n');
    });
    const elsewhere = path.join(base, 'elsewhere');
    cpSync(folders.flowsDir, elsewhere, { recursive: true });
    renameSync(folders.flowsDir, path.join(base, 'old'));
    symlinkSync(elsewhere, folders.flowsDir);
    await eventOf(() => {
      writeFileSync(path.join(elsewhere, 'new.yaml'), 'flow: newer\n');
    });
    unlinkSync(folders.flowsDir);
    await expect(events.refresh()).resolves.toBeUndefined();
  });

  it('come from beside the secrets only for the secrets', async () => {
    const secret = path.join(base, 'etc', 'secrets.yaml');
    mkdirSync(path.dirname(secret));
    folders.secretsFile = secret;
    await events.refresh();
    const names: string[] = [];
    heard = () => names.push('heard');
    writeFileSync(path.join(base, 'etc', 'written-all-the-time.log'), 'x');
    await eventOf(() => {
      writeFileSync(secret, 'a: b\n');
    });
    expect(names).toEqual([]);
  });
});
