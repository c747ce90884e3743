import type { Flow, Step } from '../ast';
import { createEvaluate, type Evaluate } from '../expression/template';
import { compileAssist } from '../steps/assist';
import { compileCollect } from '../steps/collect';
import { compileConfirm } from '../steps/confirm';
import { compileConnect } from '../steps/connect';
import { compileEnd } from '../steps/end';
import { compileLink } from '../steps/link';
import { compileMenu } from '../steps/menu';
import { compileOtp } from '../steps/otp';
import { compilePay } from '../steps/pay';
import { compileReturn } from '../steps/return';
import { compileRoute } from '../steps/route';
import { compileSay } from '../steps/say';
import { compileSendLink } from '../steps/send-link';
import { compileSet } from '../steps/set';
import { compileSms } from '../steps/sms';
import { builtInStates } from './built-in';
import { initialContext } from './context';
import { flowSetup, type FlowState } from './machine-setup';
import { BUILT_IN } from './ways';

/** A flow ready to run: its machine (without effects; a run provides them), and the tree that the effects read. */
export interface CompiledFlow {
  readonly flow: Flow;
  readonly machine: FlowMachine;
  /** Its expressions, each compiled once for every call. */
  readonly evaluate: Evaluate;
}

export type FlowMachine = ReturnType<typeof machineOf>;

/**
 * Compiles a checked flow. Pure: the machine only says which effect comes after which outcome. Each step becomes one state
 * named after it; names that begin with `$` are built in.
 */
export function compileFlow(flow: Flow): CompiledFlow {
  return { flow, machine: machineOf(flow), evaluate: createEvaluate() };
}

function machineOf(flow: Flow) {
  const steps = [...flow.steps.values()].map((step): [string, FlowState] => [step.name, compileStep(step)]);
  return flowSetup.createMachine({
    id: flow.id,
    context: ({ input }) => initialContext(input),
    initial: BUILT_IN.begin,
    states: { ...Object.fromEntries(steps), ...builtInStates(flow) },
  });
}

/** One file of `steps/` per kind. */
function compileStep(step: Step): FlowState {
  switch (step.kind) {
    case 'say':
      return compileSay(step);
    case 'collect':
      return compileCollect(step);
    case 'menu':
      return compileMenu(step);
    case 'confirm':
      return compileConfirm(step);
    case 'connect':
      return compileConnect(step);
    case 'route':
      return compileRoute(step);
    case 'otp':
      return compileOtp(step);
    case 'pay':
      return compilePay(step);
    case 'sms':
      return compileSms(step);
    case 'send-link':
      return compileSendLink(step);
    case 'link':
      return compileLink(step);
    case 'assist':
      return compileAssist(step);
    case 'return':
      return compileReturn(step);
    case 'set':
      return compileSet(step);
    case 'end':
      return compileEnd(step);
  }
}
