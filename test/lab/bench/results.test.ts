import { parseBenchArguments, runBench } from '../../../src/lab/bench/bench';
import { BareCall, BENCH_FIELDS, KEYS_A_CALL } from '../../../src/lab/bench/bench-call';
import { cpuMs, median, percentile, residentKb } from '../../../src/lab/bench/measure';
import { resultsOf, tableOf, type BenchFacts } from '../../../src/lab/bench/results';
import type { RoundResult } from '../../../src/lab/bench/round';
import { testCard } from '../../../src/lab/bench/sipp';
import { passesLuhn } from '../../../src/card/luhn';

const FACTS: BenchFacts = {
  commit: 'abc1234',
  when: '2026-11-21T11:00:00.000Z',
  machine: '2 x test',
  node: 'v20.20.2',
  asterisk: '22.10.1',
  log_level: 'info',
  calls: 100,
  rate: 10,
  load_average: 0.1,
};

function round(peer: RoundResult['peer'], change: Partial<RoundResult> = {}): RoundResult {
  return {
    peer,
    calls: 100,
    failed: 0,
    atOnce: 100,
    asteriskCpu: 16,
    nodeCpu: 0,
    asteriskMemory: 100,
    nodeMemory: Number.NaN,
    restP50: Number.NaN,
    restP99: Number.NaN,
    keyToPromptMs: [],
    keyToPromptP50: 3,
    keyToPromptP99: 20,
    digitsLost: 0,
    ...change,
  };
}

describe('what the bench makes of its rounds', () => {
  const rounds = [3, 2, 40].flatMap((nodeCpu) => [
    round('read'),
    round('ws', { asteriskCpu: 20, nodeCpu: 2 }),
    round('ari-client', { asteriskCpu: 20, nodeCpu: 9 }),
    round('engine', { asteriskCpu: 21, nodeCpu }),
  ]);
  const results = resultsOf(FACTS, rounds, []);

  it('compares medians, so that one disturbed round changes nothing', () => {
    expect(results).toMatchObject({ rounds: 3, node_vs_ws: 1.5, node_vs_ari_client: 0.33, total_vs_read: 1.5 });
  });

  it('says of each goal whether it was met', () => {
    expect(results.goals).toMatchObject({ node_vs_ws: { met: true }, total_vs_read: { met: true } });
    const slow = resultsOf(FACTS, [round('engine', { keyToPromptP99: 41, digitsLost: 3 })], []);
    expect(slow.goals).toMatchObject({
      key_to_prompt_p99_ms: { met: false },
      digits_lost: { met: false },
      node_vs_ws: { met: null },
    });
    expect(tableOf(slow)).toContain('MISSED');
  });

  it('counts lost digits of the crowd, and of the engine alone', () => {
    const lost = resultsOf(FACTS, [round('read', { digitsLost: 5 })], [round('engine', { digitsLost: 2 })]);
    expect(lost.digits_lost).toBe(2);
    expect(lost.crowd).toMatchObject({ digits_lost: 2 });
  });

  it('has no number where there is nothing to measure', () => {
    expect(JSON.stringify(results.peers.read)).not.toContain('NaN');
    expect(results.peers.read?.rest_p50_ms).toBeNull();
  });
});

describe('what the bench measures with', () => {
  it('takes the middle of values, and the value below which a share lies', () => {
    expect([median([5, 1, 3]), median([4, 1, 3, 2])]).toEqual([3, 2.5]);
    const values = Array.from({ length: 200 }, (_unused, index) => index + 1);
    expect([percentile(values, 0.5), percentile(values, 0.99), percentile([7], 0.99)]).toEqual([100, 198, 7]);
  });

  it('reads CPU time and memory of a process, in ms and kB', () => {
    const before = cpuMs(process.pid);
    const until = process.cpuUsage().user + 60_000;
    while (process.cpuUsage().user < until) Math.sqrt(2);
    const grown = cpuMs(process.pid) - before;
    expect(grown).toBeGreaterThanOrEqual(40);
    expect(residentKb(process.pid)).toBeGreaterThan(10_000);
  });
});

describe('the call of the bench', () => {
  it('gives each caller another card, whose check digit is right', () => {
    const cards = Array.from({ length: 500 }, (_unused, index) => testCard(index));
    expect(new Set(cards).size).toBe(500);
    expect(cards.filter((card) => card.length !== 16 || !passesLuhn(Buffer.from(card), 16))).toEqual([]);
  });

  it('asks for three fields and then for nothing', () => {
    const call = new BareCall();
    const prompts: string[] = [call.prompt];
    for (let key = 0; key < KEYS_A_CALL; key++) if (call.key()) prompts.push(call.prompt);
    expect(prompts).toEqual([...BENCH_FIELDS.map(({ prompt }) => prompt), 'beep']);
    expect(call.asksNothing).toBe(true);
  });
});

describe('hushtone bench', () => {
  it('takes other sizes and peers', () => {
    expect(parseBenchArguments(['--calls', '20', '--peers', 'ws,engine', '--file', 'none'])).toMatchObject({
      calls: 20,
      rounds: 3,
      peers: ['ws', 'engine'],
      file: null,
    });
  });

  it.each([
    ['--calls', '0'],
    ['--rate', '0'],
    ['--rounds', '0'],
    ['--rounds', '-1'],
    ['--peers', 'ws,engin'],
    ['--peers', ''],
    ['--log-level', 'loud'],
    ['--file', ''],
  ])('refuses %s "%s" before anything is started', (name, value) => {
    expect(() => parseBenchArguments([name, value])).toThrow('is not an option; allowed');
  });

  it('may leave the crowd and the telephones out', () => {
    expect(parseBenchArguments(['--crowd', '0', '--probes', '0'])).toMatchObject({ crowd: 0, probes: 0 });
  });

  it('says that its results cannot be written before the first call, not after the last', async () => {
    const options = parseBenchArguments(['--file', '/dev/null/results.json']);
    await expect(runBench('.', options, () => undefined, new AbortController().signal)).rejects.toThrow(
      'the results cannot be written to /dev/null/results.json',
    );
  });

  it('lists what is allowed when it is given something else', () => {
    expect(() => parseBenchArguments(['--call', '20'])).toThrow('allowed: --calls N');
    expect(() => parseBenchArguments(['--calls', 'many'])).toThrow('allowed');
  });
});
