/**
 * Every rule that a flow can break, in one table: the parser and the checker report by it, the reference is made from it. `inSchema` says what
 * `flows/flow.schema.json` can do: find every breach, some, or none (what other files hold, and where ways lead, no schema knows).
 */
export const RULES = {
  yaml: { about: 'the text is not YAML as flows use it; the place is where reading stopped', inSchema: 'none' },
  unreadable: { about: 'a file that is not there, may not be read, is no text, or is far too long', inSchema: 'none' },
  'unknown-step-kind': { about: 'a step that says nothing to do, or several things', inSchema: 'all' },
  'unknown-key': { about: 'a key that the language does not have at this place', inSchema: 'some' },
  'missing-key': { about: 'a key that must be there', inSchema: 'some' },
  'missing-value': { about: 'a key with nothing behind it', inSchema: 'all' },
  'wrong-type': { about: 'a list, a mapping or a single value where another of them must be', inSchema: 'all' },
  'bad-name': { about: 'a name in letters that names cannot have, or that the engine itself uses', inSchema: 'some' },
  'bad-value': { about: 'a value that no call could use', inSchema: 'some' },
  'bad-duration': { about: 'a duration without a unit, or in words', inSchema: 'all' },
  'out-of-range': { about: 'a number or duration beyond its limits', inSchema: 'some' },
  'bad-key': { about: 'something else where one key of the keypad must be', inSchema: 'some' },
  'bad-header': { about: 'a SIP header that a flow may not read or send', inSchema: 'some' },
  'unknown-word': { about: 'a word that is none of those possible', inSchema: 'all' },
  duplicate: { about: 'the same number, language or id twice, in one flow or in two', inSchema: 'none' },
  'missing-outcome': { about: 'an outcome that must have a way and has none', inSchema: 'some' },
  'unknown-outcome': { about: 'a way for an outcome that cannot happen', inSchema: 'some' },
  'unknown-step': { about: 'a way to a step that is not there', inSchema: 'none' },
  'unreachable-step': { about: 'a step that no way leads to', inSchema: 'none' },
  'no-end': { about: 'steps that no call could ever leave', inSchema: 'none' },
  'endless-loop': { about: 'a loop without attempts in a flow without a session limit', inSchema: 'none' },
  'unknown-name': { about: 'an expression or `require` names what nothing provides', inSchema: 'none' },
  expression: { about: 'an expression that is not of the allowed part of JSONata', inSchema: 'none' },
  'unquoted-expression': { about: 'an expression without quotation marks', inSchema: 'all' },
  'unknown-connector': { about: 'a connector that is not in `connectors/`', inSchema: 'none' },
  'unknown-operation': { about: 'an operation that the connector does not have', inSchema: 'none' },
  'unknown-input': { about: 'a value that the connector does not take', inSchema: 'none' },
  'missing-input': { about: 'a value that is needed and that nothing provides', inSchema: 'none' },
  'unknown-template': {
    about: 'a message template that the connector does not have, or that does not fit',
    inSchema: 'none',
  },
  'unknown-target': { about: 'a return target that is not in `targets.yaml`', inSchema: 'none' },
  'unknown-prompt': { about: 'a prompt without words in a language of the flow', inSchema: 'none' },
  'missing-recording': { about: 'a prompt without a recording in a language of the flow', inSchema: 'none' },
  'unfilled-prompt': { about: 'a prompt with a place for a value that the flow does not give there', inSchema: 'none' },
  'unknown-language': { about: 'a language that there is not, or that the flow does not list', inSchema: 'none' },
  sensitive: { about: 'card data or an OTP where it may not be', inSchema: 'none' },
  'card-data': { about: 'a payment that can be reached before its card data is collected', inSchema: 'none' },
} as const satisfies Readonly<Record<string, { readonly about: string; readonly inSchema: 'all' | 'some' | 'none' }>>;

export type Rule = keyof typeof RULES;

/** Rules in the table's order. */
export const RULE_NAMES = Object.keys(RULES) as Rule[];
