import { writeFileSync } from 'node:fs';
import type { CompiledFlow } from '../flow/compile/compile-flow';
import { machineJson } from '../flow/draw/machine-json';
import { mermaidOf } from '../flow/draw/mermaid';
import { pictureOf } from '../flow/draw/picture';
import { svgOf } from '../flow/draw/svg';
import type { Prompts } from '../ports/prompts';
import { readOptions } from './command-line';
import { handle } from './recordings/file-trouble';
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
  const { values, positionals } = readOptions('flow draw', argv, OPTIONS);
  const [name, tooMany] = positionals;
  if (name === undefined || tooMany !== undefined) throw new Error(USAGE);
  const forms = [values.svg, values.mermaid, values.machine].filter((form) => form === true);
  if (forms.length > 1) throw new Error(`one form at a time\n${USAGE}`);
  if (values.output !== undefined && /\.ya?ml$/i.test(values.output)) {
    throw new Error(
      `${values.output} is where a flow could lie, so no drawing is written there: name it .svg, .mmd or .json`,
    );
  }
  const loaded = await loadForSimulation(env, name);
  if (loaded === null) return 1;
  const compiled = findFlow(loaded.flows, name);
  const drawing = draw(compiled, loaded.world.prompts, values.mermaid === true, values.machine === true);
  if (values.output === undefined) print(drawing);
  else write(values.output, drawing);
  return 0;
}

function draw({ flow, machine }: CompiledFlow, prompts: Prompts, asMermaid: boolean, asMachine: boolean): string {
  if (asMachine) return machineJson(machine);
  const picture = pictureOf(flow, prompts);
  return asMermaid ? mermaidOf(picture) : svgOf(picture);
}

function write(file: string, drawing: string): void {
  handle(file, 'written', () => {
    writeFileSync(file, drawing);
  });
}
