import type { FastifyInstance } from 'fastify';

/** Calls may be taken, but nobody has made sure of this. */
export interface Unverified {
  readonly unverified: string;
}

/** One thing that must be well before calls are taken. `null` means well; otherwise what to do about it. */
export interface ReadinessCheck {
  readonly name: string;
  readonly check: () => Promise<string | null> | string | Unverified | null;
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
    const ready = results.every(({ problem }) => typeof problem !== 'string');
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'not ready',
      checks: Object.fromEntries(results.map(({ name, problem }) => [name, inWords(problem)])),
    });
  });
}

function inWords(problem: string | Unverified | null): string {
  if (problem === null) return 'ok';
  return typeof problem === 'string' ? problem : `unverified: ${problem.unverified}`;
}

async function problemOf(check: ReadinessCheck['check']): Promise<string | Unverified | null> {
  try {
    return await check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
