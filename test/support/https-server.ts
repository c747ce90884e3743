import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** One request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Who the certificate says that it comes from; null for nobody. */
  readonly client: string | null;
}

export interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A real HTTPS server on the loopback that answers as it is told. */
export interface HttpsServer {
  /** `https://localhost:<port>` */
  readonly url: string;
  readonly arrived: Arrived[];
  reply: (request: Arrived) => Reply | Promise<Reply>;
  close(): Promise<void>;
}

function peerOf(socket: Socket): string | null {
  if (!(socket instanceof TLSSocket)) return null;
  const subject = socket.getPeerCertificate().subject as { CN?: string } | undefined;
  return subject?.CN ?? null;
}

export async function startHttpsServer(options: ServerOptions): Promise<HttpsServer> {
  const arrived: Arrived[] = [];
  const server = createServer(options, (request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString('latin1')));
    request.on('end', () => {
      const subject = peerOf(request.socket);
      const { method = '', url = '', headers } = request;
      const whole = { method, url, headers, body, client: subject };
      arrived.push(whole);
      void Promise.resolve(running.reply(whole)).then(({ status, body: answer = '', headers: more }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...more }).end(answer);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const running: HttpsServer = {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    arrived,
    reply: () => ({ status: 200, body: '{}' }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return running;
}
