import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { WebSocketFilter } from './websocket-filter';

/** The way between the engine and ARI: it can be cut, lose events, and be laid to another Asterisk. */
export class AriCable {
  private readonly sockets = new Set<Socket>();
  private broken = false;
  /** Says of the text of an event whether it gets lost. */
  loses: (event: string) => boolean = () => false;
  /** Hears each request of the engine, before Asterisk does. */
  onRequest: (request: string) => void = () => undefined;

  private constructor(
    private readonly server: Server,
    private target: URL,
  ) {
    server.on('connection', (near) => {
      this.carry(near);
    });
  }

  static async to(ariUrl: string): Promise<AriCable> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new AriCable(server, new URL(ariUrl));
  }

  /** Where the engine finds ARI. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.broken = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.broken = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }

  private carry(near: Socket): void {
    if (this.broken) {
      near.destroy();
      return;
    }
    const far = connect(Number(this.target.port), this.target.hostname);
    const filter = new WebSocketFilter((event) => this.loses(event));
    far.on('data', (bytes: Buffer) => near.write(filter.pass(bytes)));
    near.on('data', (bytes: Buffer) => {
      this.onRequest(bytes.toString('latin1'));
      far.write(bytes);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}
