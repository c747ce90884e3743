import { MemoryCardVault } from '../../src/card/vault';
import { parseConnector } from '../../src/connector/parse-connector';
import { createConnectors, type ConnectorsDependencies } from '../../src/connector/run-connectors';
import { SystemClock } from '../../src/observe/system-clock';
import type { ExchangeRequest, ExchangeResult } from '../../src/ports/connectors';

export interface OneConnector {
  readonly vault: MemoryCardVault;
  run(request?: Partial<ExchangeRequest>, signal?: AbortSignal): Promise<ExchangeResult>;
  close(): Promise<void>;
}

/** A connector `shop` of one file, running; its operation is `run` unless the request says otherwise. @throws with the file's mistakes. */
export function oneConnector(file: string, more: Partial<ConnectorsDependencies> = {}): OneConnector {
  const { connector, mistakes } = parseConnector(file, 'shop.yaml');
  if (connector === null) throw new Error(mistakes.map(({ message, place }) => `${place.line}: ${message}`).join('\n'));
  const clock = more.clock ?? new SystemClock();
  let made = 0;
  const vault = new MemoryCardVault({ clock, makeId: (prefix) => `${prefix}_${++made}` });
  const connectors = createConnectors({
    connectors: new Map([['shop', connector]]),
    settings: {},
    secrets: {},
    vault,
    clock,
    record: () => undefined,
    ...more,
  });
  return {
    vault,
    run: (request = {}, signal) =>
      connectors.exchange(
        { connector: 'shop', operation: 'run', values: {}, sealed: {}, owner: 'call_1', ...request },
        signal,
      ),
    close: () => connectors.close(),
  };
}
