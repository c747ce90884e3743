import type { AssistRequest, LinkedSession, SendLinkRequest, Sessions } from '../../../ports/sessions';
import { SESSION_VALUES, stepRule, type StepKind } from '../../vocabulary';
import type { Option, Question } from './moments';
import { sampleOrder } from './sample-values';
import type { SimulatedCall } from './simulated-call';
import type { Answered } from './simulated-connectors';

export interface SessionWorld {
  readonly call: SimulatedCall;
  readonly ask: (question: Question, signal?: AbortSignal) => Promise<Answered>;
}

/** How long a session store or an SMS may take to answer, ms. */
const ANSWER_MS = 5_000;
const PAUSE_MS = 4_000;

/** Sessions that ask whoever decides: whether one waits for the caller, whether the agent comes, whether the link is sent. */
export class SimulatedSessions implements Sessions {
  constructor(private readonly world: SessionWorld) {}

  async link(_call: string, linkId: string, signal: AbortSignal): Promise<LinkedSession | null> {
    const options = optionsOf('link', ANSWER_MS).map((option) =>
      option.outcome === 'linked' ? { ...option, values: sampleOrder(SESSION_VALUES) } : option,
    );
    const question = { kind: 'session', about: `session of link ${linkId}`, of: 'link', options } as const;
    const { outcome, values } = await this.world.ask(question, signal);
    return outcome === 'linked' ? { id: 'session_1', values } : null;
  }

  async assist(request: AssistRequest, signal: AbortSignal): Promise<'finished' | 'no-answer'> {
    const { call, ask } = this.world;
    const over = new AbortController();
    const { media, words } = request;
    const music = call.hold({ media, words, bargein: false, pauseMs: PAUSE_MS }, over.signal);
    const silent = music.catch(() => undefined);
    try {
      const options = optionsOf('assist', request.ringMs);
      const question = { kind: 'session', about: `agent ${request.target}`, of: request.target, options } as const;
      const { outcome } = await ask(question, signal);
      return outcome === 'finished' ? 'finished' : 'no-answer';
    } finally {
      over.abort();
      await silent;
    }
  }

  async sendLink(request: SendLinkRequest, signal: AbortSignal): Promise<'ok' | 'error'> {
    const options = optionsOf('send-link', ANSWER_MS);
    const question = { kind: 'session', about: `link to ${request.to}`, of: 'send-link', options } as const;
    const { outcome } = await this.world.ask(question, signal);
    return outcome === 'ok' ? 'ok' : 'error';
  }
}

function optionsOf(kind: StepKind, takesMs: number): readonly Option[] {
  return Object.keys(stepRule(kind).outcomes).map((outcome) => ({ outcome, takesMs, values: {} }));
}
