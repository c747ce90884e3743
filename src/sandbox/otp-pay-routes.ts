import type { FastifyInstance } from 'fastify';
import { playFault } from './misbehave';
import { OTP_LIFE_MS } from './otps';
import { paymentRoutes } from './payment-routes';
import { CURRENCY, DECIMAL, PHONE, readBody, REFERENCE } from './request-fields';
import type { SandboxWorld } from './world';

/** The wire of the connector `otp-pay`: OTPs, and payments that one of them confirms. */
export function otpPayRoutes(server: FastifyInstance, world: SandboxWorld): void {
  server.post('/otp-pay/otp', async (request, reply) => {
    const body = readBody(request.body);
    const order = body.text('order_id', REFERENCE);
    const phone = body.text('phone', PHONE);
    body.text('amount', DECIMAL);
    body.text('currency', CURRENCY);
    if (await playFault(world.faults.take('otp', { order, phone }), reply, world.clock)) return reply;
    const otp = world.otps.generate(order, phone);
    return { otp_reference: otp.reference, otp: otp.code, expires_in: OTP_LIFE_MS / 1000 };
  });

  paymentRoutes(server, world, '/otp-pay/payments', 'confirmed-by-otp');
}
