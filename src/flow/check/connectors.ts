import type { ConnectorDescription, OperationDescription } from '../../connector/describe';
import type { ConnectStep, ContextSource, OtpStep, PayStep, Place, SendLinkStep, SmsStep, Step } from '../ast';
import { nearest, suggestion } from '../nearest';
import { titleOf } from '../parse/fields';
import { LINK_VALUES, OPERATIONS, payOperation, stepRule } from '../vocabulary';
import { allNames, BUILT_IN_VALUES } from './names';
import type { Checking } from './report';
import { entryPlace, nameOf, sourceName, stepPlace } from './report';
import { isSensitiveName } from './sensitive-names';

/** Connectors, operations, inputs, outcomes and message templates that do not exist or do not fit. */
export function checkConnectors(checking: Checking): void {
  for (const [index, source] of checking.flow.context.entries()) {
    if (source.kind === 'connector') checkSource(checking, source, sourceName(index));
  }
  for (const step of checking.flow.steps.values()) checkStep(checking, step);
}

function checkStep(checking: Checking, step: Step): void {
  if (step.kind === 'connect') checkConnect(checking, step);
  else if (step.kind === 'otp') checkOtp(checking, step);
  else if (step.kind === 'pay') checkPay(checking, step);
  else if (step.kind === 'sms') checkSms(checking, step);
  else if (step.kind === 'send-link') checkSendLink(checking, step);
}

function checkSource(checking: Checking, source: Extract<ContextSource, { kind: 'connector' }>, what: string): void {
  const place = checking.parsed.places.get(titleOf('connector', what)) ?? source.place;
  const connector = findConnector(checking, source.connector, place);
  const operation = findOperation(checking, connector, OPERATIONS.single, place);
  if (operation === null || isSealed(checking, operation, source.connector, place)) return;
  const at = (name: string): Place => checking.parsed.places.get(titleOf(name, titleOf('with', what))) ?? place;
  checkInputs(checking, { operation, given: Object.keys(source.with), what, place, at, fromContext: false });
}

function checkConnect(checking: Checking, step: ConnectStep): void {
  const place = stepPlace(checking, step, 'connect');
  const connector = findConnector(checking, step.connector, place);
  const named = stepPlace(checking, step, 'operation');
  const operation = findOperation(checking, connector, step.operation, named === step.place ? place : named);
  if (operation === null || isSealed(checking, operation, step.connector, place)) return;
  const given = Object.keys(step.with);
  const at = (name: string): Place => entryPlace(checking, step, 'with', name);
  checkInputs(checking, { operation, given, what: nameOf(step), place, at, fromContext: true });
  for (const [saved, name] of Object.entries(step.save)) {
    if (operation.captures.includes(name)) continue;
    const message = `the answer of \`${step.connector}\` has no \`${name}\`; ${suggestion(name, operation.captures)}`;
    checking.report('unknown-name', entryPlace(checking, step, 'save', saved), message);
  }
  checkOutcomes(checking, step, operation);
}

function checkOutcomes(checking: Checking, step: ConnectStep, operation: OperationDescription): void {
  for (const { outcome, place } of step.exits) {
    if (operation.outcomes.includes(outcome) || Object.hasOwn(stepRule('connect').outcomes, outcome)) continue;
    const message = `\`${step.connector}\` has no outcome \`${outcome}\`; ${suggestion(outcome, operation.outcomes)}`;
    checking.report('unknown-outcome', place, message);
  }
  const written = new Set(step.exits.map(({ outcome }) => nearest(outcome, operation.outcomes) ?? outcome));
  for (const outcome of operation.outcomes) {
    if (Object.hasOwn(stepRule('connect').outcomes, outcome) || written.has(outcome)) continue;
    const message = `${nameOf(step)} does not say what follows \`${outcome}\`, an outcome of \`${step.connector}\`; add \`${outcome}: <step>\` under \`on\``;
    checking.report('missing-outcome', step.place, message);
  }
}

function checkOtp(checking: Checking, step: OtpStep): void {
  const place = stepPlace(checking, step, 'otp');
  const connector = findConnector(checking, step.connector, place);
  if (step.sms !== null) checkMessage(checking, step, { ...step.sms, given: [], otp: true });
  if (!step.generate && step.resendKey === null) return;
  const operation = findOperation(checking, connector, OPERATIONS.otp, place);
  if (operation === null) return;
  checkInputs(checking, { operation, given: [], what: nameOf(step), place, at: () => place, fromContext: true });
  const answersWithOtp = operation.sealedCaptures.includes('otp');
  if (answersWithOtp && step.sms === null) {
    const message = `\`${step.connector}\` leaves sending the OTP to us; add \`sms: { connector: ..., template: ... }\` to ${nameOf(step)}`;
    checking.report('missing-key', step.place, message);
  } else if (!answersWithOtp && step.sms !== null) {
    const message = `\`${step.connector}\` sends the OTP itself, so there is nothing to send; leave \`sms\` out of ${nameOf(step)}`;
    checking.report('unknown-key', stepPlace(checking, step, 'sms'), message);
  }
}

/** What the engine itself tells a charge; the rest comes from `parameters` and the context. */
const TOLD_TO_CHARGE = ['attempt', 'reference', 'amount', 'amount_minor', 'currency', 'channel'];

function checkPay(checking: Checking, step: PayStep): void {
  const place = stepPlace(checking, step, 'pay');
  const connector = findConnector(checking, step.connector, place);
  const operation = findOperation(checking, connector, payOperation(step), place);
  if (operation === null) return;
  // Without a look-up nobody could ever find out what became of a charge that was not answered.
  if (step.transaction !== 'tokenize') findOperation(checking, connector, OPERATIONS.settle, place);
  const told = [...TOLD_TO_CHARGE, ...(step.token === null ? [] : ['token']), ...Object.keys(step.parameters)];
  checkMissing(
    checking,
    { operation, given: told, what: nameOf(step), place, at: () => place, fromContext: true },
    'parameters',
  );
  const names = operation.inputs.map(({ name }) => name);
  for (const name of Object.keys(step.parameters)) {
    if (names.includes(name) || isSensitiveName(name)) continue;
    const message = `\`${step.connector}\` takes no \`${name}\`; ${suggestion(name, names)}`;
    checking.report('unknown-input', entryPlace(checking, step, 'parameters', name), message);
  }
}

function checkSms(checking: Checking, step: SmsStep): void {
  checkMessage(checking, step, {
    connector: step.connector,
    template: step.template,
    given: Object.keys(step.with),
    otp: false,
  });
}

function checkSendLink(checking: Checking, step: SendLinkStep): void {
  const what = `\`send-link\` of ${nameOf(step)}`;
  const place = stepPlace(checking, step, 'send-link');
  if (step.connector !== null) {
    const named = placeOfPart(checking, what, 'connector', place);
    findOperation(checking, findConnector(checking, step.connector, named), OPERATIONS.sms, named);
  }
  for (const name of LINK_VALUES) {
    if (isKnown(checking, name)) continue;
    const message = `the payment page needs \`${name}\`, which nothing provides; let \`context\` provide it`;
    checking.report('missing-input', place, message);
  }
}

interface Message {
  readonly connector: string;
  readonly template: string;
  readonly given: readonly string[];
  /** It carries the OTP of an `otp` step. */
  readonly otp: boolean;
}

function checkMessage(checking: Checking, step: Step, message: Message): void {
  const place = stepPlace(checking, step, 'sms');
  const what = `\`sms\` of ${nameOf(step)}`;
  const connector = findConnector(checking, message.connector, placeOfPart(checking, what, 'connector', place));
  if (findOperation(checking, connector, OPERATIONS.sms, place) === null || connector === null) return;
  const template = connector.templates.get(message.template);
  if (template === undefined) {
    if (message.template === '') return;
    const words = `\`${message.connector}\` has no message template \`${message.template}\`; ${suggestion(message.template, connector.templates.keys())}`;
    checking.report('unknown-template', placeOfPart(checking, what, 'template', place), words);
    return;
  }
  if (template.sealed.length > 0 && !message.otp) {
    const words = `the message template \`${template.name}\` carries an OTP; only an \`otp\` step can send it`;
    checking.report('sensitive', placeOfPart(checking, what, 'template', place), words);
  } else if (template.sealed.length === 0 && message.otp) {
    const words = `the message template \`${template.name}\` carries no OTP, so the caller would never learn it`;
    checking.report('unknown-template', placeOfPart(checking, what, 'template', place), words);
  }
  for (const name of template.variables) {
    if (message.given.includes(name) || isKnown(checking, name)) continue;
    const hint = message.otp ? 'let `context` provide it' : 'add it under `with`';
    checking.report(
      'missing-input',
      place,
      `the message template \`${template.name}\` needs \`${name}\`, which nothing provides; ${hint}`,
    );
  }
}

function placeOfPart(checking: Checking, what: string, key: string, otherwise: Place): Place {
  return checking.parsed.places.get(titleOf(key, what)) ?? otherwise;
}

/** Null when there is none (reported here) or it cannot be looked into (reported where its file is read). */
function findConnector(checking: Checking, id: string, place: Place): ConnectorDescription | null {
  const { connectors, brokenConnectors } = checking.world;
  const found = connectors.get(id);
  if (found !== undefined) return found;
  if (id !== '' && !brokenConnectors.has(id)) {
    const message = `there is no connector \`${id}\`; ${suggestion(id, [...connectors.keys(), ...brokenConnectors])}`;
    checking.report('unknown-connector', place, message);
  }
  return null;
}

function findOperation(
  checking: Checking,
  connector: ConnectorDescription | null,
  name: string,
  place: Place,
): OperationDescription | null {
  if (connector === null) return null;
  const found = connector.operations.get(name);
  if (found !== undefined) return found;
  const message = `the connector \`${connector.id}\` has no operation \`${name}\`; ${suggestion(name, connector.operations.keys())}`;
  checking.report('unknown-operation', place, message);
  return null;
}

/** Refuses card data where it may not be. */
function isSealed(checking: Checking, operation: OperationDescription, connector: string, place: Place): boolean {
  if (operation.sealed.length === 0 && operation.sealedCaptures.length === 0) return false;
  const message = `\`${operation.name}\` of \`${connector}\` handles card data or an OTP; only \`pay\` and \`otp\` may run it`;
  checking.report('sensitive', place, message);
  return true;
}

interface Inputs {
  readonly operation: OperationDescription;
  readonly given: readonly string[];
  readonly what: string;
  readonly place: Place;
  /** Where one of `given` stands. */
  at(name: string): Place;
  /** What is not given is taken from the context, where it has that name. */
  readonly fromContext: boolean;
}

function checkInputs(checking: Checking, inputs: Inputs): void {
  const names = inputs.operation.inputs.map(({ name }) => name);
  for (const name of inputs.given) {
    // What is sensitive is refused as that.
    if (names.includes(name) || isSensitiveName(name)) continue;
    checking.report(
      'unknown-input',
      inputs.at(name),
      `${inputs.what} passes \`${name}\`, which the connector does not take; ${suggestion(name, names)}`,
    );
  }
  checkMissing(checking, inputs, 'with');
}

function checkMissing(checking: Checking, inputs: Inputs, key: string): void {
  for (const { name, required } of inputs.operation.inputs) {
    if (!required || inputs.given.includes(name) || (inputs.fromContext && isKnown(checking, name))) continue;
    const message = `${inputs.what} must tell the connector \`${name}\`; add it under \`${key}\``;
    checking.report('missing-input', inputs.place, message);
  }
}

/** True when the context has a value of this name, or when not all of its names can be known. */
function isKnown(checking: Checking, name: string): boolean {
  const [root = '', member] = name.split('.');
  const members = BUILT_IN_VALUES.get(root);
  if (members !== undefined) return member === undefined || members.includes(member);
  const known = allNames(checking);
  return known.names.has(root) || !known.complete;
}
