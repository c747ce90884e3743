import { Commands } from '../../src/ari/commands';
import { checkAsterisk } from '../../src/ari/safety-check';
import type { WireAnswer } from '../../src/ari/ari-request';
import type { HushtoneError } from '../../src/errors';

interface World {
  readonly version?: string;
  readonly modules?: readonly string[];
  readonly logs?: readonly string[];
  readonly applications?: readonly Record<string, unknown>[];
  readonly status?: number;
}

async function check(world: World): Promise<HushtoneError | null> {
  const answers: Readonly<Record<string, unknown>> = {
    'asterisk/info?only=system': { system: { version: world.version ?? '22.10.1' } },
    'asterisk/modules': (world.modules ?? ['res_ari.so']).map((name) => ({ name, status: 'Running' })),
    'asterisk/logging': (world.logs ?? ['NOTICE ERROR ']).map((configuration) => ({ channel: 'a.log', configuration })),
    applications: world.applications ?? [],
  };
  const http = {
    request: (wire: { uri: string }): Promise<WireAnswer> =>
      Promise.resolve({ status: world.status ?? 200, body: JSON.stringify(answers[wire.uri]) }),
  };
  try {
    await checkAsterisk(new Commands(http, http, () => true), 'hushtone', 'http://127.0.0.1:8088');
    return null;
  } catch (error) {
    return error as HushtoneError;
  }
}

const watcher = (filter: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'watcher',
  channel_ids: ['__AST_CHANNEL_ALL_TOPIC'],
  endpoint_ids: [],
  events_allowed: [],
  events_disallowed: [],
  ...filter,
});

describe('an Asterisk is taken', () => {
  it.each(['22.10.1', '22.10.1+dfsg+~cs6.17', '22.11.0', '23.4.1', '23.5.0', '24.0.0'])(
    'at version %s',
    async (version) => {
      expect(await check({ version })).toBeNull();
    },
  );

  it('with a watcher whose filter keeps keys out, and with another engine', async () => {
    const keys = [{ type: 'ChannelDtmfReceived' }];
    const applications = [
      watcher({ events_disallowed: keys }),
      watcher({ events_allowed: [{ type: 'StasisStart' }] }),
      watcher({ channel_ids: [], endpoint_ids: ['PJSIP'], events_disallowed: keys }),
      { name: 'hushtone-2', channel_ids: ['c1'], endpoint_ids: [], events_allowed: [], events_disallowed: [] },
    ];
    expect(await check({ applications })).toBeNull();
  });
});

describe('an Asterisk is refused', () => {
  it.each(['22.10.0', '22.9.2', '21.12.0', '20.18.1', '23.4.0', 'GIT-22-abc', ''])(
    'at version "%s"',
    async (version) => {
      expect((await check({ version }))?.code).toBe('asterisk-too-old');
    },
  );

  it.each([
    ['with native RTP bridging', { modules: ['res_ari.so', 'bridge_native_rtp.so'] }, 'noload = bridge_native_rtp.so'],
    ['with a log that takes keys', { logs: ['NOTICE ', 'NOTICE DTMF '] }, 'logger.conf'],
    ['with an application that hears everything', { applications: [watcher()] }, '"watcher"'],
    [
      'with an application that hears the callers of a trunk',
      { applications: [watcher({ channel_ids: [], endpoint_ids: ['PJSIP/carrier'] })] },
      'is subscribed to the calls of PJSIP/carrier',
    ],
    [
      'with one that asks for keys',
      { applications: [watcher({ events_allowed: [{ type: 'ChannelDtmfReceived' }] })] },
      '"watcher"',
    ],
  ])('%s, with what to do', async (_why, world, hint) => {
    const error = await check(world);
    expect(error?.code).toBe('asterisk-unsafe');
    expect(error?.message).toContain(hint);
  });

  it.each([
    [401, 'HUSHTONE_ARI_PASSWORD'],
    [404, 'res_ari'],
    [500, 'status 500'],
  ])('when ARI answers %i', async (status, hint) => {
    const error = await check({ status });
    expect(error?.code).toBe('asterisk-unavailable');
    expect(error?.message).toContain(hint);
  });
});
