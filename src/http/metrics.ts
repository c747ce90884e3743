import type { FastifyInstance } from 'fastify';

/** What `/metrics` gives. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** `GET /metrics`, for Prometheus. It holds no number of a card or of a caller. */
export function serveMetrics(server: FastifyInstance, metrics: MetricsText): void {
  server.get('/metrics', async (_request, reply) => {
    const text = await metrics.text();
    return reply.type(metrics.contentType).send(text);
  });
}
