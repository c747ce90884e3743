import { median } from './measure';
import type { PeerName } from './peers';
import type { RoundResult } from './round';

/** Goals of docs/contributors/bench.md. */
const GOALS = {
  node_vs_ws: 1.5,
  node_vs_ari_client: 1 / 3,
  total_vs_read: 1.6,
  key_to_prompt_p99_ms: 40,
  digits_lost: 0,
};

/** Medians over the rounds of one peer. CPU in ms and memory in kB, both per call. */
interface PeerSummary {
  readonly asterisk_cpu_ms: number;
  readonly node_cpu_ms: number;
  readonly asterisk_memory_kb: number;
  readonly node_memory_kb: number | null;
  readonly rest_p50_ms: number | null;
  readonly rest_p99_ms: number | null;
  readonly key_to_prompt_p50_ms: number | null;
  readonly key_to_prompt_p99_ms: number | null;
  readonly calls_at_once: number;
  /** Sums, not medians. */
  readonly calls: number;
  readonly failed: number;
  readonly digits_lost: number;
}

export interface BenchFacts {
  readonly commit: string;
  readonly when: string;
  readonly machine: string;
  readonly node: string;
  readonly asterisk: string;
  readonly log_level: string;
  readonly calls: number;
  readonly rate: number;
  readonly load_average: number;
}

export interface BenchResults extends BenchFacts {
  readonly rounds: number;
  readonly node_vs_ws: number | null;
  readonly node_vs_ari_client: number | null;
  readonly total_vs_read: number | null;
  readonly node_vs_ws_with_payments: number | null;
  readonly key_to_prompt_p50_ms: number | null;
  readonly key_to_prompt_p99_ms: number | null;
  readonly digits_lost: number;
  /** The engine alone, under many calls at once. */
  readonly crowd: PeerSummary | null;
  readonly goals: Readonly<Record<string, { readonly at_most: number; readonly met: boolean | null }>>;
  readonly peers: Readonly<Partial<Record<PeerName, PeerSummary>>>;
}

export function resultsOf(
  facts: BenchFacts,
  rounds: readonly RoundResult[],
  crowd: readonly RoundResult[],
): BenchResults {
  const names = [...new Set(rounds.map(({ peer }) => peer))];
  const peers: Partial<Record<PeerName, PeerSummary>> = Object.fromEntries(
    names.map((name) => [name, summaryOf(rounds.filter(({ peer }) => peer === name))]),
  );
  const { engine, ws, read } = peers;
  const ari = peers['ari-client'];
  const summary = {
    node_vs_ws: ratio(engine?.node_cpu_ms, ws?.node_cpu_ms),
    node_vs_ari_client: ratio(engine?.node_cpu_ms, ari?.node_cpu_ms),
    total_vs_read: ratio(totalOf(engine), totalOf(read)),
    node_vs_ws_with_payments: ratio(peers['engine-pay']?.node_cpu_ms, ws?.node_cpu_ms),
    key_to_prompt_p50_ms: engine?.key_to_prompt_p50_ms ?? null,
    key_to_prompt_p99_ms: engine?.key_to_prompt_p99_ms ?? null,
    digits_lost: [...rounds, ...crowd]
      .filter(({ peer }) => peer.startsWith('engine'))
      .reduce((sum, { digitsLost }) => sum + digitsLost, 0),
  };
  const goals = Object.entries(GOALS).map(([name, most]) => {
    const value = summary[name as keyof typeof GOALS];
    return [name, { at_most: rounded(most), met: value === null ? null : value <= most }] as const;
  });
  return {
    ...facts,
    rounds: names.length === 0 ? 0 : rounds.length / names.length,
    ...summary,
    crowd: crowd.length === 0 ? null : summaryOf(crowd),
    goals: Object.fromEntries(goals),
    peers,
  };
}

function totalOf(peer: PeerSummary | undefined): number | undefined {
  return peer === undefined ? undefined : peer.asterisk_cpu_ms + peer.node_cpu_ms;
}

function summaryOf(rounds: readonly RoundResult[]): PeerSummary {
  const middle = (value: (round: RoundResult) => number): number => rounded(median(rounds.map(value)));
  const orNull = (value: (round: RoundResult) => number): number | null => {
    const found = middle(value);
    return Number.isNaN(found) ? null : found;
  };
  const sum = (value: (round: RoundResult) => number): number => rounds.reduce((all, round) => all + value(round), 0);
  return {
    asterisk_cpu_ms: middle(({ asteriskCpu }) => asteriskCpu),
    node_cpu_ms: middle(({ nodeCpu }) => nodeCpu),
    asterisk_memory_kb: middle(({ asteriskMemory }) => asteriskMemory),
    node_memory_kb: orNull(({ nodeMemory }) => nodeMemory),
    rest_p50_ms: orNull(({ restP50 }) => restP50),
    rest_p99_ms: orNull(({ restP99 }) => restP99),
    key_to_prompt_p50_ms: orNull(({ keyToPromptP50 }) => keyToPromptP50),
    key_to_prompt_p99_ms: orNull(({ keyToPromptP99 }) => keyToPromptP99),
    calls_at_once: middle(({ atOnce }) => atOnce),
    calls: sum(({ calls }) => calls),
    failed: sum(({ failed }) => failed),
    digits_lost: sum(({ digitsLost }) => digitsLost),
  };
}

function ratio(value: number | undefined, base: number | undefined): number | null {
  return value === undefined || base === undefined || base === 0 ? null : rounded(value / base);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

const COLUMNS: readonly (readonly [title: string, value: keyof PeerSummary])[] = [
  ['Asterisk ms', 'asterisk_cpu_ms'],
  ['Node ms', 'node_cpu_ms'],
  ['Ast. kB', 'asterisk_memory_kb'],
  ['Node kB', 'node_memory_kb'],
  ['REST p50', 'rest_p50_ms'],
  ['p99', 'rest_p99_ms'],
  ['key>prompt p50', 'key_to_prompt_p50_ms'],
  ['p99', 'key_to_prompt_p99_ms'],
  ['at once', 'calls_at_once'],
  ['failed', 'failed'],
  ['digits lost', 'digits_lost'],
];

/** For people. CPU and memory are per call. */
export function tableOf(results: BenchResults): string {
  const rows = [
    ...Object.entries(results.peers),
    ...(results.crowd === null ? [] : [['crowd', results.crowd] as [string, PeerSummary]]),
  ];
  const lines = [
    ['', ...COLUMNS.map(([title]) => title)],
    ...rows.map(([name, summary]) => [name, ...COLUMNS.map(([, value]) => String(summary[value] ?? '-'))]),
  ];
  const widths = COLUMNS.map((_column, index) => Math.max(...lines.map((line) => (line[index + 1] ?? '').length)));
  const table = lines.map(([name = '', ...cells]) =>
    [name.padEnd(11), ...cells.map((cell, index) => cell.padStart(widths[index] ?? 0))].join('  '),
  );
  const goals = Object.entries(results.goals).map(([name, { at_most, met }]) => {
    const value = results[name as keyof typeof GOALS];
    return `${name.padEnd(22)} ${String(value ?? '-').padStart(7)}   goal: at most ${at_most}   ${met === null ? 'not measured' : met ? 'met' : 'MISSED'}`;
  });
  return [...table, '', ...goals].join('\n');
}
