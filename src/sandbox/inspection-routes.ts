import type { FastifyInstance } from 'fastify';
import { ENDPOINTS, FAULT_KINDS, samePhone } from './faults';
import { CURRENCY, DECIMAL, PHONE, readBody, REFERENCE } from './request-fields';
import type { SandboxWorld } from './world';

/** What people and tests use: what was asked, what was sent, orders to look up, faults on demand. Needs no credentials. */
export function inspectionRoutes(server: FastifyInstance, world: SandboxWorld): void {
  server.get('/healthz', () => ({ ok: true }));

  server.get<{ Querystring: { order?: string } }>('/charges', (request) => {
    const charges = world.charges.list(request.query.order ?? null);
    return { charges, charged: charges.filter((charge) => charge.charged).length };
  });

  server.get<{ Querystring: { to?: string } }>('/sms', (request) => {
    const { to } = request.query;
    return { messages: world.messages.filter((message) => to === undefined || samePhone(message.to, to)) };
  });

  server.get<{ Querystring: { order?: string } }>('/confirmations', (request) => {
    const { order } = request.query;
    return {
      confirmations: world.confirmations.filter(
        (confirmation) => order === undefined || confirmation.order_id === order,
      ),
    };
  });

  server.post('/transactions', (request, reply) => {
    const body = readBody(request.body);
    const caller = body.text('caller', PHONE);
    world.addTransaction({
      caller,
      order_id: body.text('order_id', REFERENCE),
      amount: body.text('amount', DECIMAL),
      currency: body.text('currency', CURRENCY),
      phone: body.optionalText('phone', PHONE) ?? caller,
      return_to: body.optionalText('return_to', /^[a-z0-9-]{1,64}$/),
    });
    return reply.code(201).send({ ok: true });
  });

  server.post('/ivr-keys', (request, reply) => {
    const body = readBody(request.body);
    world.addIvrKey({
      ivr_key: body.count('ivr_key'),
      order_id: body.text('order_id', REFERENCE),
      amount: body.text('amount', DECIMAL),
      description: body.optionalText('description', /^[^]{1,200}$/) ?? '',
    });
    return reply.code(201).send({ ok: true });
  });

  server.post('/faults', (request, reply) => {
    const body = readBody(request.body);
    world.faults.add({
      endpoint: body.word('endpoint', ENDPOINTS),
      kind: body.word('kind', FAULT_KINDS),
      order: body.optionalText('order', REFERENCE),
      phone: body.optionalText('phone', PHONE),
      times: body.optionalCount('times', 1),
    });
    return reply.code(201).send({ ok: true });
  });

  server.get('/faults', () => ({ faults: world.faults.list() }));

  server.delete('/faults', () => {
    world.faults.clear();
    return { ok: true };
  });
}
