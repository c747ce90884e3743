import { KEYS_A_CALL } from './bench-call';
import type { BenchGround } from './ground';
import { cpuMs, pause, percentile, residentKb } from './measure';
import type { Peer, PeerName } from './peers';
import { probe } from './probes';
import { placeCalls } from './sipp';

export interface RoundPlan {
  readonly calls: number;
  /** Calls a second. */
  readonly rate: number;
  /** Telephones that measure, beside the load. */
  readonly probes: number;
  /** Ends the round at once. */
  readonly signal: AbortSignal;
}

/** What one peer did in one round. Times in ms, memory in kB; NaN where there is nothing to measure. */
export interface RoundResult {
  readonly peer: PeerName;
  readonly calls: number;
  readonly failed: number;
  /** Most calls at once. */
  readonly atOnce: number;
  readonly asteriskCpu: number;
  readonly nodeCpu: number;
  readonly asteriskMemory: number;
  readonly nodeMemory: number;
  readonly restP50: number;
  readonly restP99: number;
  readonly keyToPromptMs: readonly number[];
  readonly keyToPromptP50: number;
  readonly keyToPromptP99: number;
  readonly digitsLost: number;
}

const SAMPLE_EVERY_MS = 500;
/** For what is still being written or tidied up after the last call. */
const SETTLE_MS = 1_500;

/** Lets one peer serve the load, and measures. CPU and memory are per call. */
export async function runRound(ground: BenchGround, peer: Peer, plan: RoundPlan): Promise<RoundResult> {
  const { asterisk } = ground;
  await peer.served();
  const peak = watchMemory(asterisk.pid, peer.pid, async () =>
    countChannels(await asterisk.control('core show channels count')),
  );
  const cpuBefore = [cpuMs(asterisk.pid), peer.pid === null ? 0 : cpuMs(peer.pid)] as const;
  const server = { host: asterisk.sipHost, port: asterisk.sipPort };
  const forMs = (plan.calls / plan.rate) * 1_000;
  const [load, probed] = await Promise.all([
    placeCalls(ground.projectDir, ground.folder, {
      ...plan,
      did: peer.number,
      server: `${server.host}:${server.port}`,
    }),
    probe({ ...server, number: peer.number, lanes: plan.probes, forMs }),
  ]);
  await pause(SETTLE_MS);
  const calls = plan.calls + probed.calls;
  const most = await peak.stop();
  const served = await peer.served();
  const { keyToPromptMs } = probed;
  return {
    peer: peer.name,
    calls,
    failed: load.failed,
    atOnce: most.channels,
    asteriskCpu: (cpuMs(asterisk.pid) - cpuBefore[0]) / calls,
    nodeCpu: peer.pid === null ? 0 : (cpuMs(peer.pid) - cpuBefore[1]) / calls,
    asteriskMemory: most.asteriskKb / Math.max(1, most.channels),
    nodeMemory: peer.pid === null ? Number.NaN : most.nodeKb / Math.max(1, most.channels),
    restP50: served.restP50,
    restP99: served.restP99,
    keyToPromptMs,
    keyToPromptP50: percentile(keyToPromptMs, 0.5),
    keyToPromptP99: percentile(keyToPromptMs, 0.99),
    digitsLost: calls * KEYS_A_CALL - served.keys,
  };
}

interface Peak {
  readonly channels: number;
  /** How much more than before the load. */
  readonly asteriskKb: number;
  readonly nodeKb: number;
}

function countChannels(said: string): number {
  return Number(/^(\d+) active channel/m.exec(said)?.[1] ?? 0);
}

function watchMemory(
  asteriskPid: number,
  pid: number | null,
  channelsNow: () => Promise<number>,
): { stop: () => Promise<Peak> } {
  const resident = (): [number, number] => [residentKb(asteriskPid), pid === null ? 0 : residentKb(pid)];
  const before = resident();
  const most: [number, number] = [0, 0];
  let channels = 0;
  let over = false;
  const watch = async (): Promise<void> => {
    for (let turn = 0; !over; turn++) {
      const now = resident();
      most[0] = Math.max(most[0], now[0] - before[0]);
      most[1] = Math.max(most[1], now[1] - before[1]);
      // The console is a process of its own: not asked too often, so that it does not get into the figures.
      if (turn % 4 === 0) channels = Math.max(channels, await channelsNow().catch(() => 0));
      await pause(SAMPLE_EVERY_MS);
    }
  };
  const watching = watch();
  return {
    stop: async () => {
      over = true;
      await watching;
      return { channels, asteriskKb: most[0], nodeKb: most[1] };
    },
  };
}
