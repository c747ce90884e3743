/**
 * A peer of the bench, as its own process: the same call on the `ari-client` package, written as its README shows. REST over
 * HTTP, every event parsed and given to objects of the library; nothing else, as with the other bare peer.
 */
import { connect, type Channel, type Client } from 'ari-client';
import { BareCall, soundOf, type PeerReport } from './bench-call';

const [url = '', user = '', password = '', app = ''] = process.argv.slice(2);
let keys = 0;
let restMs: number[] = [];

async function timed<T>(work: Promise<T>): Promise<T> {
  const at = performance.now();
  const result = await work;
  restMs.push(performance.now() - at);
  return result;
}

function serve(client: Client, channel: Channel): void {
  const call = new BareCall();
  let stop: (() => void) | null = null;

  async function play(): Promise<void> {
    const playback = client.Playback();
    const last = call.asksNothing;
    stop = () => {
      stop = null;
      void timed(playback.stop()).catch(() => undefined);
    };
    playback.once('PlaybackFinished', () => {
      if (last) void timed(channel.hangup()).catch(() => undefined);
    });
    await timed(channel.play({ media: soundOf(call.prompt) }, playback));
  }

  channel.on('ChannelDtmfReceived', () => {
    keys++;
    stop?.();
    if (call.key()) void play().catch(() => undefined);
  });
  timed(channel.answer())
    .then(play)
    .catch(() => undefined);
}

async function main(): Promise<void> {
  const client = await connect(url, user, password);
  client.on('StasisStart', (_event, channel) => {
    serve(client, channel);
  });
  await client.start(app);
  process.send?.('ready');
}

process.on('message', () => {
  const report: PeerReport = { keys, restMs };
  keys = 0;
  restMs = [];
  process.send?.(report);
});
process.on('disconnect', () => process.exit(0));
main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
