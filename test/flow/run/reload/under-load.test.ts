import { MemoryCardVault } from '../../../../src/card/vault';
import { versionOf } from '../../../../src/flow/parse/parse-flow';
import type { FlowTools } from '../../../../src/flow/run/flow-tools';
import { runFlow } from '../../../../src/flow/run/run-flow';
import type { SayRequest } from '../../../../src/ports/call';
import type { CallEvent } from '../../../../src/ports/call-events';
import type { SayItem } from '../../../../src/ports/prompts';
import { noSessions } from '../../../../src/session/no-sessions';
import { LiveFlowsWorld, type TestSurroundings } from '../../../support/live-flows-world';
import { ScriptedCall } from '../../../support/scripted-call';
import { silentLogger } from '../../../support/silent-logger';
import type { ServedFlow } from '../../../../src/flow/run/reload/live-flows';

const SECONDS = 24;
const CALLS_A_SECOND = 20;
/** One prompt takes this long; a call has six. */
const PROMPT_MS = 2_000;
const STEPS = Array.from({ length: 6 }, (_unused, index) => `step${index}`);

/** Sets a value once, and says the value and the number of its version in every step. */
function flowSaying(code: number): string {
  const says = STEPS.map((name, index) => {
    const next = STEPS[index + 1];
    const end = next === undefined ? 'end: true' : `next: ${next}`;
    return `  ${name}: { say: [{ digits: '${code}' }, { digits: '{{ kept }}' }], ${end} }`;
  });
  const head = `flow: a\ndids: ['7001']\nlanguages: [en]\nstart: first\nsteps:\n  first: { set: { kept: '${code}' }, next: step0 }\n`;
  return `${head}${says.join('\n')}\n`;
}

const BREAKS: readonly ((text: string) => string)[] = [
  (text) => text.slice(0, text.length / 2),
  (text) => text.replace('next: step3', 'next: step33'),
  (text) => text.replace('digits', 'digit'),
  () => '',
];

class SlowCall extends ScriptedCall {
  constructor(
    id: string,
    private readonly wait: () => Promise<void>,
  ) {
    super({ headers: {}, keys: {}, returns: {}, reach: () => undefined }, id);
  }

  override async say(request: SayRequest, signal?: AbortSignal): Promise<void> {
    await super.say(request, signal);
    await this.wait();
  }
}

interface Story {
  readonly began: string;
  version: string;
  readonly said: Set<string>;
  failures: number;
  ended: string;
}

const prompts: FlowTools['prompts'] = {
  languages: ['en'],
  say: (_language, items) => ({ media: ['sound:x'], words: wordsOf(items), missing: [] }),
  speaksCurrency: () => true,
  gaps: () => [],
  unfilled: () => [],
};

function wordsOf(items: readonly SayItem[]): string {
  return items.map((item) => ('digits' in item ? item.digits : '')).join(' ');
}

/** Calls by the second, each through whatever flow is in use as it begins. */
class Lines {
  readonly stories = new Map<string, Story>();
  inProgress = 0;
  most = 0;
  private readonly tools: FlowTools;

  constructor(private readonly world: LiveFlowsWorld) {
    const { clock } = world;
    const nobody = (): never => {
      throw new Error('no step of this flow asks for it');
    };
    this.tools = {
      connectors: { exchange: nobody },
      payments: { take: nobody, resume: nobody, sweep: nobody, idle: nobody },
      sessions: noSessions,
      vault: new MemoryCardVault({ clock, makeId: (prefix) => prefix }),
      prompts,
      targets: { resolve: () => null, addressOf: () => null, idOf: () => null, defaultTarget: null },
      clock,
      ids: (prefix) => prefix,
      record: (call, event) => {
        this.hear(call, event);
      },
      logger: silentLogger,
    };
  }

  begin(): void {
    const served = this.world.flows.find('7001');
    if (served === null) throw new Error('nobody answers');
    const id = `call_${this.stories.size}`;
    const began = served.compiled.flow.version;
    this.stories.set(id, { began, version: '', said: new Set(), failures: 0, ended: '' });
    this.most = Math.max(this.most, (this.inProgress += 1));
    void this.run(id, served);
  }

  private async run(id: string, { compiled }: ServedFlow<TestSurroundings>): Promise<void> {
    const { clock } = this.world;
    const call = new SlowCall(id, () => new Promise((resolve) => clock.after(PROMPT_MS, resolve)));
    const story = this.stories.get(id);
    const { reason } = await runFlow({ compiled, call }, this.tools);
    for (const words of call.heard) story?.said.add(words);
    if (story !== undefined) story.ended = reason;
    this.inProgress -= 1;
  }

  private hear(call: string, event: CallEvent): void {
    const story = this.stories.get(call);
    if (story === undefined) return;
    if (event.type === 'call-started') story.version = event.version;
    if (event.type === 'failed') story.failures += 1;
  }
}

it('over 200 calls in progress, a flow that is saved every second, every third time broken: each call whole, by one version', async () => {
  const codes = new Map<string, number>();
  const good = (code: number): string => {
    const text = flowSaying(code);
    codes.set(versionOf(text), code);
    return text;
  };
  const world = new LiveFlowsWorld({ 'a.yaml': good(1000) });
  await world.start();
  const lines = new Lines(world);
  for (let second = 1; second <= SECONDS; second++) {
    const breaks = BREAKS[second % BREAKS.length];
    if (second % 3 === 0 && breaks !== undefined) world.write('a.yaml', breaks(flowSaying(1000 + second)));
    else world.write('a.yaml', good(1000 + second));
    if (second % 5 === 0) world.writeAround({});
    for (let call = 0; call < CALLS_A_SECOND; call++) {
      await world.clock.advance(1_000 / CALLS_A_SECOND);
      lines.begin();
    }
  }
  world.close();
  await world.clock.advance(STEPS.length * PROMPT_MS);

  expect(lines.inProgress).toBe(0);
  expect(lines.most).toBeGreaterThanOrEqual(200);
  const stories = [...lines.stories.values()];
  expect(stories).toHaveLength(SECONDS * CALLS_A_SECOND);
  const wrong = stories.filter(({ began, version, said, failures, ended }) => {
    const code = codes.get(began);
    return version !== began || failures > 0 || ended !== 'engine' || [...said].join() !== `${code} ${code}`;
  });
  expect(wrong).toEqual([]);
  expect(new Set(stories.map(({ version }) => version)).size).toBeGreaterThan(SECONDS / 2);
  expect(world.reloads.filter(({ mistakes }) => mistakes.length > 0).length).toBeGreaterThan(SECONDS / 4);
  expect(world.clock.running).toBe(0);
});
