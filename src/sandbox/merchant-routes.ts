import type { FastifyInstance } from 'fastify';
import { playFault } from './misbehave';
import { CURRENCY, DECIMAL, PHONE, readBody, REFERENCE, Refusal } from './request-fields';
import type { SandboxWorld } from './world';

/** The wires of `lookup-transaction`, `confirm-payment` and `sms-dlt`. */
export function merchantRoutes(server: FastifyInstance, world: SandboxWorld): void {
  server.get<{ Querystring: { caller?: string } }>('/merchant/transactions', async (request, reply) => {
    const caller = request.query.caller ?? '';
    const known = world.transactionOf(caller);
    const subject = { phone: caller, order: known?.order_id ?? null };
    if (await playFault(world.faults.take('lookup', subject), reply, world.clock)) return reply;
    if (known === null) throw new Refusal(404, 'no-transaction', 'This caller has no open order');
    const { order_id, amount, currency, phone, return_to } = known;
    return { transaction: { order_id, amount, currency, phone, ...(return_to === null ? {} : { return_to }) } };
  });

  server.post('/merchant/confirmations', async (request, reply) => {
    const body = readBody(request.body);
    const order = body.text('order_id', REFERENCE);
    if (await playFault(world.faults.take('confirm', { order }), reply, world.clock)) return reply;
    const confirmation = {
      confirmation_id: `conf_${world.confirmations.length + 1}`,
      order_id: order,
      amount: body.text('amount', DECIMAL),
      currency: body.text('currency', CURRENCY),
      payment_reference: body.text('payment_reference', REFERENCE),
      at: world.timestamp(),
    };
    world.confirmations.push(confirmation);
    return { confirmed: true, confirmation_id: confirmation.confirmation_id };
  });

  server.post('/sms/messages', async (request, reply) => {
    const body = readBody(request.body);
    const to = body.text('to', PHONE);
    const message = {
      message_id: `sms_${world.messages.length + 1}`,
      to,
      message: body.text('message', /^[^]{1,1000}$/),
      template_id: body.text('template_id', /^[0-9]{19}$/),
      entity_id: body.text('entity_id', /^[0-9]{19}$/),
      sender_id: body.text('sender_id', /^[A-Z]{6}$/),
      at: world.timestamp(),
    };
    if (await playFault(world.faults.take('sms', { phone: to }), reply, world.clock)) return reply;
    world.messages.push(message);
    return reply.code(202).send({ message_id: message.message_id, status: 'queued' });
  });
}
