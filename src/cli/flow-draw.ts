import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf } from '../errors';
import type { CompiledFlow } from '../flow/compile/compile-flow';
import { machineJson } from '../flow/draw/machine-json';
import { mermaidOf } from '../flow/draw/mermaid';
import { pictureOf } from '../flow/draw/picture';
import { svgOf } from '../flow/draw/svg';
import type { Prompts } from '../ports/prompts';
import { findFlow, loadForSimulation, type Environment } from './simulate/find-flow';

const USAGE = 'usage: hushtone flow draw FLOW [--svg|--mermaid|--machine] [-o FILE]';

const OPTIONS = {
  svg: { type: 'boolean' },
  mermaid: { type: 'boolean' },
  machine: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
} as const;

/** `hushtone flow draw FLOW`: the flow as SVG (the default), as Mermaid, or its XState machine as JSON. @returns the exit code. */
export async function runFlowDraw(
  argv: readonly string[],
  env: Environment,
  print: (text: string) => void,
): Promise<number> {
  const { values, positionals } = argumentsOf(argv);
  const [name, tooMany] = positionals;
  if (name === undefined || tooMany !== undefined) throw new Error(USAGE);
  const forms = [values.svg, values.mermaid, values.machine].filter((form) => form === true);
  if (forms.length > 1) throw new Error(`one form at a time\n${USAGE}`);
  const loaded = await loadForSimulation(env, name);
  if (loaded === null) return 1;
  const compiled = findFlow(loaded.flows, name);
  const drawing = draw(compiled, loaded.world.prompts, values.mermaid === true, values.machine === true);
  if (values.output === undefined) print(drawing);
  else writeFileSync(values.output, drawing);
  return 0;
}

function draw({ flow, machine }: CompiledFlow, prompts: Prompts, asMermaid: boolean, asMachine: boolean): string {
  if (asMachine) return machineJson(machine);
  const picture = pictureOf(flow, prompts);
  return asMermaid ? mermaidOf(picture) : svgOf(picture);
}

function argumentsOf(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Error(`${messageOf(error)}\n${USAGE}`);
  }
}
