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
    const results = await lookAt(checks);
    const ready = results.every(({ well }) => well);
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'not ready',
      checks: Object.fromEntries(results.map(({ name, words }) => [name, words])),
    });
  });
}

/** What came of one check. `words`: `ok`, or what to do. */
export interface CheckResult {
  readonly name: string;
  readonly well: boolean;
  readonly words: string;
}

/** Never rejects: a check that throws is one that failed. */
export function lookAt(checks: readonly ReadinessCheck[]): Promise<CheckResult[]> {
  return Promise.all(
    checks.map(async ({ name, check }) => {
      const problem = await problemOf(check);
      return { name, well: typeof problem !== 'string', words: inWords(problem) };
    }),
  );
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
