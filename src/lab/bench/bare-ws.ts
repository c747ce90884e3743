/**
 * A peer of the bench, as its own process: the least that a program on the `ws` package alone can do. One WebSocket, every
 * event parsed, REST over that WebSocket, no masking, no bridge, no payment, no file, no care for what goes wrong.
 */
import { WebSocket } from 'ws';
import { BareCall, soundOf, type PeerReport } from './bench-call';

interface Event {
  readonly type: string;
  readonly channel?: { readonly id: string };
  readonly playback?: { readonly id: string };
  readonly request_id?: string;
}

interface Live {
  readonly call: BareCall;
  playback: string;
  playing: boolean;
}

const [url = '', user = '', password = '', app = ''] = process.argv.slice(2);
const calls = new Map<string, Live>();
const pending = new Map<string, { readonly at: number; readonly done: () => void }>();
let requests = 0;
let playbacks = 0;
let keys = 0;
let restMs: number[] = [];

const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ari/events?app=${app}`, {
  headers: { authorization },
  perMessageDeflate: false,
});

function rest(method: string, uri: string): Promise<void> {
  const id = String(++requests);
  return new Promise((done) => {
    pending.set(id, { at: performance.now(), done });
    socket.send(JSON.stringify({ type: 'RESTRequest', transaction_id: id, request_id: id, method, uri }));
  });
}

function play(channel: string, live: Live): void {
  live.playback = `bare-${++playbacks}`;
  live.playing = true;
  const media = encodeURIComponent(soundOf(live.call.prompt));
  void rest('POST', `channels/${channel}/play/${live.playback}?media=${media}`);
}

async function begin(channel: string): Promise<void> {
  const live = { call: new BareCall(), playback: '', playing: false };
  calls.set(channel, live);
  await rest('POST', `channels/${channel}/answer`);
  play(channel, live);
}

function key(channel: string, live: Live): void {
  keys++;
  if (live.playing) {
    live.playing = false;
    void rest('DELETE', `playbacks/${live.playback}`);
  }
  if (live.call.key()) play(channel, live);
}

function finished(playback: string): void {
  for (const [channel, live] of calls) {
    if (live.playback !== playback) continue;
    live.playing = false;
    if (live.call.asksNothing) void rest('DELETE', `channels/${channel}`);
  }
}

socket.on('message', (data: Buffer) => {
  const event = JSON.parse(data.toString('utf8')) as Event;
  const channel = event.channel?.id ?? '';
  const live = calls.get(channel);
  if (event.type === 'RESTResponse') {
    const request = pending.get(event.request_id ?? '');
    pending.delete(event.request_id ?? '');
    if (request !== undefined) restMs.push(performance.now() - request.at);
    request?.done();
  } else if (event.type === 'StasisStart') void begin(channel);
  else if (event.type === 'StasisEnd') calls.delete(channel);
  else if (event.type === 'ChannelDtmfReceived' && live !== undefined) key(channel, live);
  else if (event.type === 'PlaybackFinished') finished(event.playback?.id ?? '');
});
socket.on('open', () => process.send?.('ready'));
process.on('message', () => {
  const report: PeerReport = { keys, restMs };
  keys = 0;
  restMs = [];
  process.send?.(report);
});
process.on('disconnect', () => process.exit(0));
