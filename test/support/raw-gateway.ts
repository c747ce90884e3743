import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A server that answers each request with the bytes it is told, right or wrong, and keeps what it received. */
export interface RawGateway {
  readonly url: string;
  readonly received: string[];
  /** What the next requests get; the last one stays. `hang`: nothing. `reset`: the connection is cut. */
  answer(...next: (string | Buffer)[]): void;
  close(): Promise<void>;
}

export async function startRawGateway(): Promise<RawGateway> {
  const received: string[] = [];
  let answers: (string | Buffer)[] = ['hang'];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let request = '';
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (piece: Buffer) => {
      request += piece.toString('latin1');
      if (!isWhole(request)) return;
      received.push(request);
      // Only now: a connection that somebody gave up before it was used is told of late, and must not take the answer of another.
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? 'hang';
      if (answer === 'hang') return;
      if (answer === 'reset') socket.resetAndDestroy();
      else socket.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (...next) => (answers = next),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isWhole(request: string): boolean {
  const end = request.indexOf('\r\n\r\n');
  const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? 0);
  return end !== -1 && request.length >= end + 4 + length;
}

/** A whole HTTP answer with this body. */
export function httpAnswer(status: number, body: string | Buffer, headers = ''): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status} X\r\n${headers}Content-Length: ${bytes.length}\r\n\r\n`),
    bytes,
  ]);
}
