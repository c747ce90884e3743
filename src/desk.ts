import type { ReceptionDesk } from './call/reception';
import type { Surroundings } from './definitions';
import { HushtoneError } from './errors';
import type { LiveFlows } from './flow/run/reload/live-flows';
import { paymentIn, returnTargetIn } from './flow/run/restore';
import { runFlow } from './flow/run/run-flow';
import type { CommonTools, Serving } from './serving';

/** Who answers which number, and how. @param callsStay whether calls outlive the engine: a private Asterisk ends with it */
export function deskOf(
  flows: LiveFlows<Surroundings>,
  serving: Serving,
  common: CommonTools,
  callsStay: boolean,
): ReceptionDesk {
  return {
    answers: (did) => flows.find(did) !== null,
    serve: async (call, keep, restore) => {
      // A call of an engine before this one goes on in its own version.
      const served = (restore === null ? null : flows.version(restore.version)) ?? flows.find(call.did);
      if (served === null) throw new HushtoneError('flow-invalid', `none has the number ${call.did} any more`);
      const letGo = serving.hold(call.id, served);
      const { compiled } = served;
      try {
        await runFlow(
          { compiled, call, keep, ...(restore === null ? {} : { restore }) },
          serving.toolsFor(served, common),
        );
      } finally {
        letGo();
      }
    },
    wayBack: (flow) => {
      const { targets } = flows.latest;
      const target = returnTargetIn(flow) ?? targets.defaultTarget;
      return target === null ? null : targets.resolve(target);
    },
    payment: paymentIn,
    callsStay,
  };
}
