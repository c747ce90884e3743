import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy whose cable can be cut. */
export class CuttableProxy {
  private readonly sockets = new Set<Socket>();
  private isCut = false;
  private fatal: { readonly text: string; readonly swallowed: () => void } | null = null;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(targetPort: number): Promise<CuttableProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new CuttableProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (near) => {
      if (proxy.isCut) {
        near.destroy();
        return;
      }
      const far = connect(targetPort, '127.0.0.1');
      let asked = false;
      near.on('data', (bytes: Buffer) => {
        asked ||= proxy.isFatal(bytes);
        far.write(bytes);
      });
      far.on('data', (bytes: Buffer) => {
        if (asked || proxy.isFatal(bytes)) proxy.swallow();
        else near.write(bytes);
      });
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        proxy.sockets.add(one);
        one.setNoDelay(true);
        one.on('error', () => undefined);
        one.on('close', () => {
          proxy.sockets.delete(one);
          other.destroy();
        });
      }
    });
    return proxy;
  }

  /**
   * Cuts just before the answer to the request with this text comes through. (Requests over the WebSocket cannot be read here, but
   * their answers repeat them.) Resolves when that has happened.
   */
  cutBeforeAnswer(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.fatal = { text, swallowed: resolve };
    });
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }

  private isFatal(bytes: Buffer): boolean {
    return this.fatal !== null && bytes.includes(this.fatal.text);
  }

  private swallow(): void {
    this.cut();
    this.fatal?.swallowed();
    this.fatal = null;
  }
}
