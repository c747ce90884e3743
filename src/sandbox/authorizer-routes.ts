import type { FastifyInstance } from 'fastify';
import { playFault } from './misbehave';
import { readBody } from './request-fields';
import type { SandboxWorld } from './world';

/**
 * The merchant's remote authorizer, wire of the connector `ivr-authorizer`: says what a payment key is for. Source: Openpay,
 * "IVR Remote authorizer".
 */
export function authorizerRoutes(server: FastifyInstance, world: SandboxWorld): void {
  server.post('/openpay/authorizer', async (request, reply) => {
    const key = readBody(request.body).count('ivr_key');
    const known = world.ivrKeyOf(key);
    const fault = world.faults.take('authorizer', { order: known?.order_id ?? null });
    if (await playFault(fault, reply, world.clock)) return reply;
    if (known === null) return { response_code: 1, description: 'Clave de pago inválida' };
    const { amount, description, order_id } = known;
    // By hand, because the amount is a number with its decimals: 200.00.
    const rest = JSON.stringify({ description, order_id }).slice(1);
    return reply.type('application/json').send(`{"response_code":0,"amount":${amount},${rest}`);
  });
}
