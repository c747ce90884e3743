import type { ConnectorDescription, OperationDescription } from '../../../src/connector/describe';
import type { SpokenValues } from '../../../src/ports/prompts';
import type { FlowWorld } from '../../../src/flow/check/world';
import { nearest } from '../../../src/flow/nearest';
import { parseTargets } from '../../../src/flow/targets';

/** A small world for flows to be checked against: connectors, prompts in two languages, and return targets. */
export function testWorld(changes: Partial<FlowWorld> = {}): FlowWorld {
  return { connectors: CONNECTORS, brokenConnectors: new Set(), prompts: PROMPTS, targets: TARGETS, ...changes };
}

function operation(name: string, parts: Partial<OperationDescription>): [string, OperationDescription] {
  const empty = { inputs: [], sealed: [], captures: [], sealedCaptures: [], settlesWithinMs: 0 };
  const { outcomes = ['ok'], ...rest } = parts;
  return [name, { name, ...empty, ...rest, outcomes: [...outcomes, 'error', 'timeout'] }];
}

function inputs(...names: string[]): OperationDescription['inputs'] {
  return names.map((name) => ({ name: name.replace('?', ''), type: 'text', required: !name.endsWith('?') }));
}

function connector(
  id: string,
  operations: [string, OperationDescription][],
  templates: ConnectorDescription['templates'] = new Map(),
): [string, ConnectorDescription] {
  return [id, { id, operations: new Map(operations), templates }];
}

const CONNECTORS = new Map([
  connector('lookup-transaction', [
    operation('run', {
      inputs: inputs('caller'),
      captures: ['order_id', 'amount', 'currency', 'phone'],
      outcomes: ['ok', 'none'],
    }),
  ]),
  connector('otp-pay', [
    operation('generate', {
      inputs: inputs('order_id', 'phone'),
      captures: ['otp_reference'],
      sealedCaptures: ['otp'],
    }),
    operation('charge', {
      inputs: inputs('attempt', 'reference', 'amount_minor', 'currency', 'otp_reference?'),
      sealed: ['card_number', 'expiry', 'security_code', 'otp'],
      outcomes: ['approved', 'declined', 'otp-invalid'],
    }),
    operation('lookup', { inputs: inputs('reference'), outcomes: ['approved', 'declined', 'not-found'] }),
  ]),
  connector('card-pay', [
    operation('charge', {
      inputs: inputs('attempt', 'reference', 'amount_minor', 'currency', 'description?'),
      sealed: ['card_number', 'expiry', 'security_code'],
      outcomes: ['approved', 'declined'],
    }),
    operation('lookup', { inputs: inputs('reference'), outcomes: ['approved', 'declined', 'not-found'] }),
  ]),
  connector('token-pay', [
    operation('tokenize', {
      inputs: inputs('reference'),
      sealed: ['card_number', 'expiry', 'security_code'],
      captures: ['token'],
      outcomes: ['approved', 'declined'],
    }),
    operation('charge-token', {
      inputs: inputs('token', 'reference', 'amount_minor', 'currency'),
      outcomes: ['approved'],
    }),
    operation('lookup', { inputs: inputs('reference'), outcomes: ['approved', 'declined', 'not-found'] }),
  ]),
  connector('hold-pay', [
    operation('authorize', {
      inputs: inputs('reference', 'amount_minor', 'currency'),
      sealed: ['card_number', 'expiry', 'security_code'],
      outcomes: ['approved', 'declined'],
    }),
    operation('authorize-token', {
      inputs: inputs('token', 'reference', 'amount_minor', 'currency'),
      outcomes: ['approved', 'declined'],
    }),
    operation('lookup', { inputs: inputs('reference'), outcomes: ['approved', 'declined', 'not-found'] }),
  ]),
  connector('issuer-otp', [operation('generate', { inputs: inputs('order_id') })]),
  connector('stock', [
    operation('run', { inputs: inputs('order_id'), captures: ['state', 'days'], outcomes: ['ok', 'sold-out'] }),
  ]),
  connector('confirm-payment', [operation('run', { inputs: inputs('order_id', 'payment.reference') })]),
  connector(
    'sms-dlt',
    [operation('send', { inputs: inputs('to', 'template') })],
    new Map([
      ['otp', { name: 'otp', variables: ['order_id'], sealed: ['otp'] }],
      ['receipt', { name: 'receipt', variables: ['order_id', 'payment.reference'], sealed: [] }],
    ]),
  ),
]);

const WORDS = new Set(
  `welcome welcome-payment keypad-is-private please-wait one-moment taking-payment goodbye enter-card-number end-with-hash
  enter-expiration-date enter-security-code enter-security-code-3 enter-security-code-4 enter-otp otp-resend-hint otp-resent
  otp-not-valid enter-postal-code enter-link-id enter-amount enter-digits enter-phone-number enter-date nothing-heard too-long too-short
  too-fast value-not-valid card-number-not-valid card-type-not-accepted expiration-date-not-valid date-not-valid
  security-code-not-valid postal-code-not-valid entries-did-not-match card-was-declined choice-not-valid press-1-yes-2-no
  payment-approved payment-declined press-1-other-card payment-being-checked payment-already-made sorry-not-understood
  pay-later card-ending-in call-details-missing engine-restarted call-interrupted session-timeout engine-error returning-to-agent
  agent-not-available language-choice enter-again number-ending-in enter-account-number enter-bank-account-number
  enter-payment-key enter-bank-routing-number`.split(/\s+/),
);

/** Words with a place for a value; `es` alone says the amount in its welcome. */
const PLACES: Readonly<Record<string, readonly (keyof SpokenValues)[]>> = {
  'otp-resend-hint': ['digits'],
  'card-ending-in': ['digits'],
  'number-ending-in': ['digits'],
  'language-choice': ['digits'],
  'es welcome-payment': ['amount'],
};

/** `en` has every prompt; `es` has them too, but `goodbye` is not recorded; `hi` lacks recordings of number words. */
const PROMPTS: FlowWorld['prompts'] = {
  languages: ['en', 'es', 'hi'],
  speaksCurrency: (_language, currency) => ['EUR', 'GBP', 'INR', 'MXN', 'USD'].includes(currency),
  unfilled: (language, prompt, behind) =>
    (['en', 'es', 'hi'].includes(language)
      ? [...(PLACES[prompt] ?? []), ...(PLACES[`${language} ${prompt}`] ?? [])]
      : []
    ).filter((value) => !behind.some((values) => value in values)),
  gaps: (language, ids, speaksValues = false) => [
    ...ids
      .filter((prompt) => !WORDS.has(prompt))
      .map((prompt) => ({ language, prompt, reason: 'no-words' as const, nearest: nearest(prompt, WORDS) })),
    ...ids
      .filter((prompt) => language === 'es' && prompt === 'goodbye')
      .map((prompt) => ({ language, prompt, reason: 'no-recording' as const, nearest: null })),
    ...(language === 'hi' && speaksValues ? ['words/one', 'words/two'] : []).map((prompt) => ({
      language,
      prompt,
      reason: 'no-recording' as const,
      nearest: null,
    })),
  ],
};

const TARGETS = parseTargets(
  'targets.yaml',
  'default: support-queue\ntargets:\n  support-queue: sip:1000@127.0.0.1\n  agent-NNN: sip:NNN@127.0.0.1\n  trunk-only: { trunk: carrier, number: "1" }\n',
).targets;
