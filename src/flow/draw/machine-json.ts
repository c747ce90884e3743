import type { FlowMachine } from '../compile/compile-flow';

/**
 * The XState machine of a flow as JSON, as Stately's editor and XState's `createMachine` take it: states, effects (`src`) and
 * guards by name, and no code. Changes to the context, and what effects are given, are left out.
 */
export function machineJson({ config }: FlowMachine): string {
  return `${JSON.stringify(config, plain, 2)}\n`;
}

function plain(key: string, value: unknown): unknown {
  // Lists of them would be lists of nothing.
  if (key === 'actions') return undefined;
  return key === 'guard' && typeof value === 'function' ? value.name : value;
}
