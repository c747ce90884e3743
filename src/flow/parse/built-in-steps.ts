import type { Place, Step } from '../ast';
import { DEFAULTS, DONE, NO_CONTEXT } from '../vocabulary';

/** Names of built-in steps hold a colon, which a flow's own cannot. */
const RETURN = 'built-in:return';
const GOODBYE = 'built-in:goodbye';

/** What happens to a call without the required details when the flow has no step `no-context`: an apology, and back. */
export function builtInNoContext(place: Place): readonly Step[] {
  const way = (outcome: string, to: string): { outcome: string; to: string; place: Place } => ({ outcome, to, place });
  return [
    {
      kind: 'say',
      name: NO_CONTEXT,
      place,
      exits: [way(DONE, RETURN)],
      say: [{ kind: 'prompt', id: 'call-details-missing', place }],
      bargein: true,
      end: false,
    },
    {
      kind: 'return',
      name: RETURN,
      place,
      exits: [way('no-answer', GOODBYE), way('busy', GOODBYE), way('failed', GOODBYE)],
      target: { text: 'default', dynamic: false, place },
      with: {},
      ringMs: DEFAULTS.ringMs,
      say: [],
    },
    {
      kind: 'say',
      name: GOODBYE,
      place,
      exits: [],
      say: [{ kind: 'prompt', id: 'goodbye', place }],
      bargein: true,
      end: true,
    },
  ];
}
