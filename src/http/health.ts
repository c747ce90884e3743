import type { FastifyInstance } from 'fastify';

/** One thing that must be well before calls are taken. `null` means well; otherwise what to do about it. */
export interface ReadinessCheck {
  readonly name: string;
  readonly check: () => Promise<string | null> | string | null;
}

/** What the engine holds now; all of it goes back to where it was when no call is up. */
export interface Load {
  readonly calls: number;
  readonly vault_slots: number;
  readonly timers: number;
}

/**
 * `GET /healthz`: this process runs, and how much it holds. `GET /readyz`: it can take a payment now; 503 lists what is wrong and what to do.
 */
export function serveHealth(server: FastifyInstance, load: () => Load, checks: readonly ReadinessCheck[]): void {
  server.get('/healthz', () => ({ status: 'ok', ...load() }));
  server.get('/readyz', async (_request, reply) => {
    const results = await Promise.all(
      checks.map(async ({ name, check }) => ({ name, problem: await problemOf(check) })),
    );
    const ready = results.every(({ problem }) => problem === null);
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'not ready',
      checks: Object.fromEntries(results.map(({ name, problem }) => [name, problem ?? 'ok'])),
    });
  });
}

async function problemOf(check: ReadinessCheck['check']): Promise<string | null> {
  try {
    return await check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
