import type { Connector } from './ast';
import { settledText, type Surroundings } from './part-texts';
import type { HostRules } from './run-hosts';
import { createHttpSender, type ClientIdentity, type HttpSender } from './run-http';

/** Senders by connector: one with certificates of its own has one of its own, all others share one. */
export class Senders {
  private readonly shared: HttpSender;
  private readonly authorities: readonly string[] | null;
  private readonly own = new Map<string, HttpSender>();

  /** @param authority a further one to trust, PEM */
  constructor(
    private readonly surroundings: Surroundings,
    private readonly hosts: HostRules,
    authority?: string,
  ) {
    this.authorities = authority === undefined ? null : [authority];
    this.shared = createHttpSender(hosts, this.authorities, null);
  }

  /** @throws RenderError when a certificate is not in the secrets file. */
  of(connector: Connector): HttpSender {
    const { authority, client } = connector.tls;
    if (authority === null && client === null) return this.shared;
    const known = this.own.get(connector.id);
    if (known !== undefined) return known;
    // An authority of its own replaces all others: nobody else can then speak for that host.
    const authorities = authority === null ? this.authorities : [settledText(authority.parts, this.surroundings)];
    const identity: ClientIdentity | null =
      client === null
        ? null
        : {
            certificate: settledText(client.certificate.parts, this.surroundings),
            key: settledText(client.key.parts, this.surroundings),
          };
    const sender = createHttpSender(this.hosts, authorities, identity);
    this.own.set(connector.id, sender);
    return sender;
  }

  async close(): Promise<void> {
    await Promise.all([this.shared, ...this.own.values()].map((sender) => sender.close()));
  }
}
