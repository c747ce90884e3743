import type { FlowMachine } from '../compile/compile-flow';

/** The XState machine of a flow as JSON, as the Stately visualiser takes it: states, effects and ways by name, and no code. */
export function machineJson({ config }: FlowMachine): string {
  const plain = JSON.stringify(config, (key, value: unknown) => (typeof value === 'function' ? named(key) : value), 2);
  return `${plain}\n`;
}

/** What a function stood for; of changes to the context and inputs of effects nothing is left. */
function named(key: string): string | undefined {
  return key === 'guard' ? 'it is so' : undefined;
}
