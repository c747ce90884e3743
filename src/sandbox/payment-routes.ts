import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { behaviourOf, isCardNumber, mask } from './cards';
import type { CardBehaviour } from './cards';
import type { ChargeRecord, ChargeState, StoredAnswer } from './charges';
import { answerError, answerGarbage, answerNever, dropConnection, playFault, SLOW_MS, wait } from './misbehave';
import { CURRENCY, readBody, REFERENCE, Refusal } from './request-fields';
import type { SandboxWorld } from './world';

type NewCharge = Omit<ChargeRecord, 'requests' | 'at'>;

/** What was asked, the card number aside. */
interface Asked {
  readonly charge: Omit<NewCharge, 'id' | 'state' | 'charged' | 'code'>;
  readonly behaviour: CardBehaviour;
  /** Null where a payment needs none. */
  readonly otp: { readonly reference: string | null; readonly code: string } | null;
}

/** Whether a payment is confirmed by a one-time password in the same request. */
type Confirmation = 'confirmed-by-otp' | 'unconfirmed';

/** Payments by card, and their look-up. */
export function paymentRoutes(
  server: FastifyInstance,
  world: SandboxWorld,
  path: string,
  confirmation: Confirmation,
): void {
  server.post(path, async (request, reply) => {
    const key = idempotencyKey(request);
    const raw = request.body as Buffer;
    const asked = readCharge(raw, key, confirmation);
    const fault = world.faults.take('charge', { order: asked.charge.order });
    if (fault !== null && fault !== 'slow') world.charges.note(notProcessed(world, asked));
    if (await playFault(fault, reply, world.clock)) return reply;
    // Nothing waits between the look at the key and the entry in the books: two at once are one charge.
    const recalled = world.charges.recall(key, raw);
    if (recalled.kind === 'conflict') throw new Refusal(409, 'key-reused', 'This key was used for another request');
    if (recalled.kind === 'replay') send(reply, recalled.answer);
    else await decide(world, asked, raw, reply);
    return reply;
  });

  server.get<{ Params: { reference: string } }>(`${path}/:reference`, async (request, reply) => {
    const { reference } = request.params;
    const fault = world.faults.take('charge-lookup', { order: orderOf(reference) });
    if (await playFault(fault, reply, world.clock)) return reply;
    const charge = world.charges.find(reference);
    if (charge === null) throw new Refusal(404, 'payment-not-found', 'There is no payment with this reference');
    return answerOf(charge);
  });
}

function idempotencyKey(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  if (typeof key === 'string' && /^[\x21-\x7e]{1,128}$/.test(key)) return key;
  throw new Refusal(400, 'bad-request', 'The header Idempotency-Key is missing or malformed');
}

function readCharge(raw: Buffer, key: string, confirmation: Confirmation): Asked {
  const body = readBody(raw);
  const card = body.object('card');
  const number = card.text('number', /^[0-9]{12,19}$/);
  card.text('expiry_month', /^(0[1-9]|1[0-2])$/);
  card.text('expiry_year', /^20[0-9]{2}$/);
  card.text('security_code', /^[0-9]{3,4}$/);
  if (!isCardNumber(number)) throw new Refusal(400, 'bad-request', 'card.number is not valid');
  const reference = body.text('reference', REFERENCE);
  return {
    charge: {
      reference,
      order: orderOf(reference),
      amount: body.count('amount'),
      currency: body.text('currency', CURRENCY),
      channel: body.word('channel', ['phone', 'page']),
      masked: mask(number),
      last4: number.slice(-4),
      idempotency_key: key,
    },
    behaviour: behaviourOf(number),
    otp:
      confirmation === 'unconfirmed'
        ? null
        : { reference: body.optionalText('otp_reference', REFERENCE), code: body.text('otp', /^[0-9]{1,10}$/) },
  };
}

/** The order of a payment's reference, which is `<order>-<attempt>`. */
function orderOf(reference: string): string {
  return reference.replace(/-[0-9]+$/, '');
}

function notProcessed(world: SandboxWorld, asked: Asked): NewCharge {
  return { ...asked.charge, id: world.charges.nextId(), state: 'not-processed', charged: false, code: null };
}

async function decide(world: SandboxWorld, asked: Asked, raw: Buffer, reply: FastifyReply): Promise<void> {
  const { behaviour } = asked;
  if (behaviour === 'timeout-without-charge' || behaviour === 'error-without-charge') {
    world.charges.note(notProcessed(world, asked));
    const answer = behaviour === 'timeout-without-charge' ? answerNever : answerError;
    answer(reply);
    return;
  }
  const verdict =
    asked.otp === null ? 'valid' : world.otps.use(asked.charge.order, asked.otp.reference, asked.otp.code);
  const [state, code] = verdict === 'valid' ? cardVerdict(behaviour) : ([verdict, verdict] as const);
  const charge: NewCharge = { ...asked.charge, id: world.charges.nextId(), state, charged: state === 'approved', code };
  const answer: StoredAnswer = { status: STATUS[state], body: answerOf(charge) };
  world.charges.record(charge, raw, answer);
  if (behaviour === 'slow-approve') await wait(world.clock, SLOW_MS);
  const misbehaviour = state === 'approved' ? MISBEHAVIOUR[behaviour] : undefined;
  if (misbehaviour === undefined) send(reply, answer);
  else misbehaviour(reply, answer);
}

const STATUS: Readonly<Record<ChargeState, number>> = {
  approved: 201,
  declined: 402,
  'otp-invalid': 422,
  'otp-expired': 422,
  'not-processed': 500,
};

function cardVerdict(behaviour: CardBehaviour): readonly [ChargeState, string | null] {
  if (behaviour === 'decline') return ['declined', 'card-declined'];
  if (behaviour === 'insufficient-funds') return ['declined', 'insufficient-funds'];
  return ['approved', null];
}

function answerOf({ id, state, reference, amount, currency, code }: NewCharge): Readonly<Record<string, unknown>> {
  return { id, status: state, reference, amount, currency, ...(code === null ? {} : { code }) };
}

function send(reply: FastifyReply, { status, body }: StoredAnswer): void {
  void reply.code(status).send(body);
}

/** Bad answers for a card that has been charged. */
const MISBEHAVIOUR: Readonly<Partial<Record<CardBehaviour, (reply: FastifyReply, answer: StoredAnswer) => void>>> = {
  'timeout-after-charge': answerNever,
  'drop-after-charge': dropConnection,
  'error-after-charge': answerError,
  'garbage-after-charge': answerGarbage,
  'wrong-amount': (reply, { status, body }) => {
    send(reply, { status, body: { ...body, amount: 1 } });
  },
  'wrong-currency': (reply, { status, body }) => {
    send(reply, { status, body: { ...body, currency: 'XTS' } });
  },
  'wrong-reference': (reply, { status, body }) => {
    send(reply, { status, body: { ...body, reference: 'somebody-else-1' } });
  },
};
