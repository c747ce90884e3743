import fastify, { type FastifyInstance } from 'fastify';
import { HushtoneError, messageOf } from '../errors';
import { serveHealth, type Load, type ReadinessCheck } from './health';
import { serveMetrics, type MetricsText } from './metrics';

/** A request has come whole by then, or its connection is closed. */
const WHOLE_REQUEST_MS = 10_000;

export interface HttpServer {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The engine's own HTTP server.
 *
 * @throws HushtoneError `port-in-use` that names the port and the setting to change.
 */
export async function startHttpServer(
  where: { host: string; port: number },
  load: () => Load,
  checks: readonly ReadinessCheck[],
  metrics: MetricsText,
): Promise<HttpServer> {
  const server = buildServer(load, checks, metrics);
  try {
    const url = await server.listen({ host: where.host, port: where.port });
    return { url, close: () => server.close() };
  } catch (error) {
    await server.close();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new HushtoneError(
        'port-in-use',
        `HTTP port ${where.port} on ${where.host}; free it or set HUSHTONE_HTTP_PORT to another one (0: any free port)`,
      );
    }
    throw new HushtoneError(
      'config-invalid',
      `HTTP cannot listen on ${where.host}:${where.port}: ${messageOf(error)}; change HUSHTONE_HTTP_HOST or HUSHTONE_HTTP_PORT`,
    );
  }
}

export function buildServer(
  load: () => Load,
  checks: readonly ReadinessCheck[],
  metrics: MetricsText,
): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: 64 * 1024,
    requestTimeout: WHOLE_REQUEST_MS,
    // Whoever has sent half a request would else keep the engine from ending.
    forceCloseConnections: true,
  });
  serveHealth(server, load, checks);
  serveMetrics(server, metrics);
  return server;
}
