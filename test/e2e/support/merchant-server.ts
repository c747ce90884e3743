import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { testAuthority } from '../../support/self-signed';
import { PROJECT } from './payment-site';

/** One request to the authorizer, as it came. */
export interface AuthorizerRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Settles when the connection has gone. */
  readonly gone: Promise<void>;
}

/** What the merchant answers for a key. */
export type Answer = (response: ServerResponse) => void;

export const says =
  (status: number, body: string, type = 'application/json'): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  };

/**
 * A merchant's own server with the remote authorizer of Openpay's document: HTTPS, with a certificate of an authority that
 * this test alone has.
 */
export class MerchantServer {
  private readonly answers = new Map<string, Answer>();
  private readonly seen = new Map<string, AuthorizerRequest[]>();

  private constructor(
    readonly url: string,
    /** File with the certificate of the authority. */
    readonly authorityFile: string,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(folder: string): Promise<MerchantServer> {
    const authority = testAuthority();
    const authorityFile = path.join(folder, 'authority.pem');
    writeFileSync(authorityFile, authority.cert);
    const server = createServer(authority.issue('merchant'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const merchant = new MerchantServer(url, authorityFile, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void merchant.serve(request, response),
    );
    return merchant;
  }

  /** The shipped connector, pointed at this server. */
  connectorFile(): string {
    const shipped = readFileSync(path.join(PROJECT, 'flows', 'connectors', 'ivr-authorizer.yaml'), 'utf8');
    return shipped.replace('{{ settings.sandbox_url }}', this.url);
  }

  answer(key: string, answer: Answer): void {
    this.answers.set(key, answer);
  }

  asked(key: string): readonly AuthorizerRequest[] {
    return this.seen.get(key) ?? [];
  }

  stop(): Promise<void> {
    return this.end();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      request.socket.once('close', () => {
        resolve();
      });
    });
    let body = '';
    for await (const piece of request) body += String(piece);
    const key = String((JSON.parse(body) as { ivr_key: unknown }).ivr_key);
    const { method = '', url = '', headers } = request;
    this.seen.set(key, [...this.asked(key), { method, url, headers, body, gone }]);
    const answer = this.answers.get(key) ?? says(200, '{"response_code":1,"description":"Clave de pago inválida"}');
    answer(response);
  }
}
