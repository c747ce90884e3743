import { existsSync } from 'node:fs';
import { checkDefinitions, type CheckedDefinitions } from '../../definitions';
import { formatMistake } from '../../flow/check/check-flow';
import type { CompiledFlow } from '../../flow/compile/compile-flow';
import { suggestion } from '../../flow/nearest';
import type { SimulationWorld } from '../../flow/run/simulate/simulation';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Loaded {
  /** By the number that starts them. */
  readonly flows: CheckedDefinitions['definitions']['flows'];
  readonly world: Omit<SimulationWorld, 'listenOnce' | 'startAt'>;
}

/**
 * Reads the flows folder, or a flow file that lies anywhere. Null: there are mistakes, and they have been printed.
 *
 * @param name a file, or the id or number of a flow in the folder; undefined: all of it
 */
export async function loadForSimulation(env: Environment, name?: string): Promise<Loaded | null> {
  const folders = {
    flowsDir: env.HUSHTONE_FLOWS_DIR ?? 'flows',
    soundsDir: env.HUSHTONE_SOUNDS_DIR ?? 'sounds',
    secretsFile: env.HUSHTONE_SECRETS_FILE ?? null,
  };
  const isFile = name !== undefined && existsSync(name);
  const { definitions, mistakes } = await checkDefinitions(folders, isFile ? [name] : undefined);
  for (const mistake of mistakes) console.error(formatMistake(mistake));
  if (mistakes.length > 0) {
    console.error('correct this first: `hushtone flow check` says the same');
    return null;
  }
  const { flows, connectors, prompts, targets } = definitions;
  return { flows, world: { connectors, prompts, targets } };
}

/** @throws Error when there is none of this name. */
export function findFlow(flows: ReadonlyMap<string, CompiledFlow>, name: string): CompiledFlow {
  const all = [...new Set(flows.values())];
  const found = flows.get(name) ?? all.find(({ flow }) => flow.id === name) ?? (existsSync(name) ? all[0] : undefined);
  if (found !== undefined) return found;
  const ids = all.map(({ flow }) => flow.id);
  throw new Error(`there is no flow, number or file "${name}"; ${suggestion(name, ids)}`);
}
