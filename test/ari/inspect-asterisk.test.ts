import { Commands } from '../../src/ari/commands';
import { inspectAsterisk } from '../../src/ari/inspect-asterisk';
import type { WireAnswer } from '../../src/ari/ari-request';
import { renderFindings } from '../../src/observe/findings';

const MODULES = [
  'app_stack',
  'app_stasis',
  'res_ari_applications',
  'res_ari_bridges',
  'res_ari_channels',
  'res_ari_events',
  'res_http_websocket',
  'res_ari_playbacks',
  'res_stasis_playback',
  'chan_pjsip',
  'res_pjsip_sdp_rtp',
  'res_pjsip_header_funcs',
  'bridge_softmix',
  'func_jitterbuffer',
  'format_pcm',
  'format_wav',
  'res_rtp_asterisk',
  'res_timing_timerfd',
];
const NOW = Date.UTC(2026, 10, 21, 10, 40);

interface World {
  readonly version?: string;
  readonly modules?: readonly string[];
  readonly logs?: readonly string[];
  readonly applications?: readonly Record<string, unknown>[];
  readonly files?: number;
  readonly time?: string;
  readonly sounds?: readonly string[] | 'no module';
  /** Endpoint -> what pjsip.conf says of it; null where ARI does not tell. */
  readonly endpoints?: Readonly<Record<string, Readonly<Record<string, string>>>> | null;
}

const WELL: Required<World> = {
  version: '22.10.1',
  modules: MODULES,
  logs: ['NOTICE WARNING ERROR '],
  applications: [],
  files: 65_536,
  time: '2026-11-21T10:40:00.400+0000',
  sounds: ['hushtone/welcome', 'hushtone/letters/a'],
  endpoints: { carrier: { dtmf_mode: 'auto', direct_media: 'false' } },
};

const NOTHING_THERE: [number, unknown] = [404, { message: 'Resource not found' }];

function endpointAnswer({ endpoints }: Required<World>, uri: string): [number, unknown] {
  if (endpoints === null) return NOTHING_THERE;
  if (uri === 'endpoints') {
    return [200, Object.keys(endpoints).map((resource) => ({ technology: 'PJSIP', resource, channel_ids: [] }))];
  }
  const settings = endpoints[uri.replace('asterisk/config/dynamic/res_pjsip/endpoint/', '')];
  if (settings === undefined) return NOTHING_THERE;
  return [200, Object.entries(settings).map(([attribute, value]) => ({ attribute, value }))];
}

function answerOf(world: Required<World>, uri: string): [number, unknown] {
  const { sounds } = world;
  if (uri.includes('endpoint')) return endpointAnswer(world, uri);
  switch (uri) {
    case 'asterisk/info?only=system':
      return [200, { system: { version: world.version } }];
    case 'asterisk/info?only=config':
      return [200, { config: { max_open_files: world.files } }];
    case 'asterisk/modules':
      return [200, world.modules.map((name) => ({ name: `${name}.so`, status: 'Running' }))];
    case 'asterisk/logging':
      return [200, world.logs.map((configuration) => ({ channel: '/var/log/a.log', configuration }))];
    case 'applications':
      return [200, world.applications];
    case 'asterisk/ping':
      return [200, { timestamp: world.time }];
    default:
      if (sounds === 'no module') return NOTHING_THERE;
      return sounds.length === 0
        ? [404, { message: 'No sounds found that matched the query' }]
        : [200, sounds.map((id) => ({ id, formats: [] }))];
  }
}

/** What the doctor prints of such an Asterisk, without what is well. */
async function wrongWith(change: World): Promise<string[]> {
  const world = { ...WELL, ...change };
  const http = {
    request: ({ uri }: { uri: string }): Promise<WireAnswer> => {
      const [status, body] = answerOf(world, uri);
      return Promise.resolve({ status, body: JSON.stringify(body) });
    },
  };
  const findings = await inspectAsterisk(new Commands(http, http, () => true), {
    app: 'hushtone',
    origin: 'http://127.0.0.1:8088',
    recordings: new Map([['en', new Set(['welcome', 'letters/a'])]]),
    now: () => NOW,
  });
  const lines = renderFindings(findings).split('\n').slice(0, -2);
  return lines.filter((line) => !line.startsWith('ok')).map((line) => line.replaceAll(/ {2,}/g, ' '));
}

test('an Asterisk with which all is well has nothing to do', async () => {
  expect(await wrongWith({})).toEqual([]);
});

test.each<[string, World, string[]]>([
  [
    'is too old',
    { version: '20.9.0' },
    [
      'refused asterisk Asterisk 20.9.0 at http://127.0.0.1:8088',
      ' -> install Asterisk 22.10.1 or newer of 22, or 23.4.1 or newer',
    ],
  ],
  [
    'passes RTP through',
    { modules: [...MODULES, 'bridge_native_rtp'] },
    [
      'refused masking bridge_native_rtp.so is loaded',
      ' -> put "noload = bridge_native_rtp.so" into modules.conf and restart Asterisk',
    ],
  ],
  [
    'lacks a module',
    { modules: MODULES.filter((name) => name !== 'res_stasis_playback') },
    [
      'refused modules res_stasis_playback.so is not loaded: prompts are played with it',
      ' -> put "load = res_stasis_playback.so" into modules.conf and restart Asterisk',
    ],
  ],
  [
    'has no clock for its bridges',
    { modules: MODULES.filter((name) => name !== 'res_timing_timerfd') },
    [
      'refused modules no res_timing module is loaded: the bridges that callers are masked in need a clock',
      ' -> put "load = res_timing_timerfd.so" into modules.conf and restart Asterisk',
    ],
  ],
  [
    'doubles keys for some carriers',
    { modules: [...MODULES, 'res_pjsip_dtmf_info'] },
    [
      'warning modules res_pjsip_dtmf_info.so is loaded: a carrier that sends keys in SIP INFO as well as in RTP doubles every digit',
      ' -> put "noload = res_pjsip_dtmf_info.so" into modules.conf unless you need it',
    ],
  ],
  [
    'logs keys',
    { logs: ['NOTICE DTMF '] },
    [
      'refused logging the log /var/log/a.log records keys',
      ' -> take "dtmf" and "*" out of its line in logger.conf and run "logger reload" there; one that was added by hand goes with "logger remove channel"',
    ],
  ],
  [
    'logs debug',
    { logs: ['NOTICE DEBUG '] },
    [
      'warning logging the log /var/log/a.log takes debug or verbose: with "core set debug" above 0 every key is in it',
      ' -> take "debug" and "verbose" out of its line in logger.conf',
    ],
  ],
  [
    'tells another application everything',
    {
      applications: [
        {
          name: 'watcher',
          channel_ids: ['__AST_CHANNEL_ALL_TOPIC'],
          endpoint_ids: [],
          events_allowed: [],
          events_disallowed: [],
        },
      ],
    },
    [
      'refused applications the ARI application "watcher" is subscribed to all channels',
      ' -> end it, or filter keys out of it (eventFilter with ChannelDtmfReceived under "disallowed")',
    ],
  ],
  [
    'tells another application what a trunk brings',
    {
      applications: [
        { name: 'crm', channel_ids: [], endpoint_ids: ['PJSIP/carrier'], events_allowed: [], events_disallowed: [] },
      ],
    },
    [
      'refused applications the ARI application "crm" is subscribed to the calls of PJSIP/carrier',
      ' -> end it, or filter keys out of it (eventFilter with ChannelDtmfReceived under "disallowed")',
    ],
  ],
  [
    'has trunks on which tones are heard, or which may send audio past it',
    {
      endpoints: {
        carrier: { dtmf_mode: 'rfc4733', direct_media: 'true' },
        inband: { dtmf_mode: 'inband', direct_media: 'false' },
        second: { dtmf_mode: 'info', direct_media: 'false' },
      },
    },
    [
      'warning endpoints carrier, second: dtmf_mode is not auto, so keys that come as tones in the audio are heard by the agent, not by the engine',
      ' -> put "dtmf_mode = auto" into pjsip.conf for each that brings callers, then run: asterisk -rx "pjsip reload"',
      'warning endpoints carrier: direct_media is on, so telephones may exchange audio without Asterisk',
      ' -> put "direct_media = no" into pjsip.conf for each that brings callers, then run: asterisk -rx "pjsip reload"',
    ],
  ],
  ['does not tell of its endpoints', { endpoints: null }, []],
  [
    'may open few files',
    { files: 1024 },
    [
      'warning limits Asterisk may open 1024 files, which is enough for about 204 calls',
      ' -> put "maxfiles = 65536" into asterisk.conf and restart Asterisk',
    ],
  ],
  [
    'has another time',
    { time: '2026-11-21T16:11:30.000+0530' },
    [
      'warning clock this machine and Asterisk are 90 s apart, so their logs do not agree',
      ' -> run a time service (chrony, systemd-timesyncd) on both',
    ],
  ],
  [
    'lacks a recording',
    { sounds: ['hushtone/welcome'] },
    [
      `refused prompts 1 of 2 recordings of "en" are not on Asterisk's host: letters/a`,
      ` -> link the folder sounds/en of this project as sounds/en/hushtone into Asterisk's data directory, then run: asterisk -rx "module reload sounds"`,
    ],
  ],
  [
    'has no sounds at all',
    { sounds: [] },
    [
      `refused prompts 2 of 2 recordings of "en" are not on Asterisk's host: letters/a, welcome`,
      ` -> link the folder sounds/en of this project as sounds/en/hushtone into Asterisk's data directory, then run: asterisk -rx "module reload sounds"`,
    ],
  ],
  [
    'does not list its sounds',
    { sounds: 'no module' },
    [
      'unverified prompts Asterisk does not list its sounds, so nobody knows whether the recordings of "en" are there',
      ' -> put "load = res_ari_sounds.so" into modules.conf and restart Asterisk',
    ],
  ],
])('an Asterisk that %s: what is wrong, and what to do', async (_what, world, lines) => {
  expect(await wrongWith(world)).toEqual(lines);
});

test('a web server in the place of ARI is told from an Asterisk that is wrong', async () => {
  const http = {
    request: ({ uri }: { uri: string }): Promise<WireAnswer> =>
      Promise.resolve({
        status: 200,
        body: uri === 'asterisk/modules' ? '<html>' : '{"system":{"version":"22.10.1"}}',
      }),
  };
  const inspecting = inspectAsterisk(new Commands(http, http, () => true), {
    app: 'hushtone',
    origin: 'http://127.0.0.1:8088',
    recordings: new Map(),
    now: () => NOW,
  });
  await expect(inspecting).rejects.toMatchObject({
    code: 'ari-refused',
    detail: 'GET /asterisk/modules was answered, but not as ARI answers: what else listens at this address?',
  });
});
