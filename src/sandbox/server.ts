import fastify from 'fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HushtoneError } from '../errors';
import type { Clock } from '../ports/clock';
import { authorizerRoutes } from './authorizer-routes';
import { inspectionRoutes } from './inspection-routes';
import { merchantRoutes } from './merchant-routes';
import { otpPayRoutes } from './otp-pay-routes';
import { paymentRoutes } from './payment-routes';
import { Refusal } from './request-fields';
import { SandboxWorld } from './world';

export interface SandboxOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM; null speaks plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly clock: Clock;
  /** A whole number from 0 to below `limit`. */
  readonly random: (limit: number) => number;
}

export interface Sandbox {
  readonly url: string;
  close(): Promise<void>;
}

/** The sandbox's own credentials, as in flows/sandbox-secrets.yaml. Public: nothing here is worth protecting. */
const CREDENTIALS: readonly { readonly path: string; readonly authorization: string }[] = [
  { path: '/otp-pay/', authorization: `Basic ${Buffer.from('sandbox-merchant:sandbox-password').toString('base64')}` },
  { path: '/cards/', authorization: 'Bearer sandbox-card-token' },
  {
    path: '/openpay/authorizer',
    authorization: `Basic ${Buffer.from('sandbox-ivr:sandbox-ivr-password').toString('base64')}`,
  },
  { path: '/merchant/', authorization: 'Bearer sandbox-merchant-token' },
  { path: '/sms/', authorization: 'Bearer sandbox-sms-token' },
];

/**
 * Starts the sandbox: gateway, OTP service, SMS sink and merchant in one, everything in memory.
 *
 * @throws HushtoneError `port-in-use`
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const server = createServer(options);
  const world = new SandboxWorld(options.clock, options.random);
  // Bodies stay bytes until a route reads them: the framework's own JSON errors would repeat what was sent.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  server.addHook('onRequest', (request, _reply, done) => {
    done(allowed(request) ? undefined : new Refusal(401, 'unauthorized', 'Wrong or missing credentials'));
  });
  server.setErrorHandler((error, _request, reply) => {
    const refusal = error instanceof Refusal ? error : new Refusal(400, 'bad-request', 'The request cannot be read');
    return reply.code(refusal.status).send({ code: refusal.code, message: refusal.message });
  });
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ code: 'no-such-address', message: 'There is nothing at this address' }),
  );
  otpPayRoutes(server, world);
  paymentRoutes(server, world, '/cards/payments', 'unconfirmed');
  authorizerRoutes(server, world);
  merchantRoutes(server, world);
  inspectionRoutes(server, world);
  await listen(server, options);
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  const url = `${options.tls === null ? 'http' : 'https'}://${options.host}:${port}`;
  return { url, close: () => server.close() };
}

function createServer({ tls }: SandboxOptions): FastifyInstance {
  const common = { logger: false, bodyLimit: 64 * 1024, forceCloseConnections: true } as const;
  return tls === null ? fastify(common) : fastify({ ...common, https: tls });
}

function allowed(request: FastifyRequest): boolean {
  const area = CREDENTIALS.find(({ path }) => request.url.startsWith(path));
  return area === undefined || request.headers.authorization === area.authorization;
}

async function listen(server: FastifyInstance, { host, port }: SandboxOptions): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw new HushtoneError('port-in-use', `the sandbox cannot listen on ${host}:${port}`);
    throw error;
  }
}
