import { readFileSync } from 'node:fs';
import { diffFlows } from '../../../src/flow/diff/diff-flows';
import { parseFlow } from '../../../src/flow/parse/parse-flow';

const SHIPPED = readFileSync('flows/transferred-call.yaml', 'utf8');

function read(text: string) {
  const { flow, mistakes } = parseFlow('f.yaml', text);
  if (flow === null || mistakes.length > 0) throw new Error(JSON.stringify(mistakes));
  return flow;
}

const WORDS: Readonly<Record<string, string>> = { goodbye: 'Goodbye.', 'please-wait': 'Please wait.' };

function diff(after: string, before = SHIPPED): readonly string[] {
  return diffFlows(read(before), read(after), (prompt) => WORDS[prompt] ?? null);
}

/** The shipped flow with one text in place of another that is there. */
function edited(...edits: readonly (readonly [from: string, to: string])[]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the flow has no ${from}`);
    return text.replace(from, to);
  }, SHIPPED);
}

it('says nothing of comments, order and spelling', () => {
  expect(diff(SHIPPED)).toEqual([]);
  const other = edited(['# in total, over the whole call', '# three'], ["dids: ['7001']", 'dids: ["7001"]']);
  expect(diff(`# a comment\n${other}`)).toEqual([]);
});

it.each<[string, readonly (readonly [string, string])[], readonly string[]]>([
  ['a number', [['attempts: 3', 'attempts: 2']], ['step card: attempts 3 -> 2']],
  ['a time', [['ring: 25s', 'ring: 1m']], ['step back: ring 25 s -> 1 min']],
  [
    'words',
    [['say: [agent-not-available, goodbye]', 'say: [goodbye, please-wait]']],
    ['step nobody: the words "agent-not-available" "Goodbye." -> "Goodbye." "Please wait."'],
  ],
  [
    'a question for one case',
    [
      [
        '{ error: card-declined, say: [enter-card-number, end-with-hash] }',
        '{ error: card-declined, say: please-wait }',
      ],
    ],
    ['step card: the question after card-declined "enter-card-number" "end-with-hash" -> "Please wait."'],
  ],
  [
    'a way',
    [['declined: declined', 'declined: sorry']],
    ['step pay: after declined the caller now goes to sorry (was: declined)'],
  ],
  [
    'a choice',
    [["choices: { '1': card }", "choices: { '1': card, '2': back }"]],
    ['step other-card: after key 2 the caller now goes to back'],
  ],
  [
    'what an expression says',
    [['phone: X-Customer-Phone\n', 'phone: X-Phone\n']],
    ['details of the order, source 1, phone header X-Customer-Phone -> header X-Phone'],
  ],
  ['the numbers', [["dids: ['7001']", "dids: ['7001', '7005']"]], ['numbers 7001 -> 7001, 7005']],
  ['the longest call', [['session-timeout: 5m', 'session-timeout: 90s']], ['the longest call 5 min -> 90 s']],
  ['the beginning', [['start: welcome', 'start: private']], ['the call now begins with step private (was: welcome)']],
  [
    'what a service gets',
    [["with: { caller: '{{ call.caller }}' }", "with: { caller: '{{ call.did }}' }"]],
    ['details of the order, source 2, with caller {{ call.caller }} -> {{ call.did }}'],
  ],
])('says what became of %s', (_what, edits, lines) => {
  expect(diff(edited(...edits))).toEqual(lines);
});

it('tells of new steps, and of those that are gone', () => {
  const longer = edited([
    '  private: { say: keypad-is-private, next: card }',
    '  private: { say: keypad-is-private, next: wait }\n  wait: { say: please-wait, next: card }',
  ]);
  expect(diff(longer)).toEqual([
    'step private: afterwards the caller now goes to wait (was: card)',
    'new step wait (say "Please wait."): afterwards the caller goes to card',
  ]);
  expect(diff(SHIPPED, longer)).toEqual([
    'step wait is gone',
    'step private: afterwards the caller now goes to card (was: wait)',
  ]);
});

it('knows a step that only has another name', () => {
  expect(diff(SHIPPED.replaceAll('second-agent', 'another-agent'))).toEqual([
    'step second-agent is now called another-agent',
  ]);
});

it('says what a step is now, when it is of another kind', () => {
  const [line, ...more] = diff(
    edited([
      'pay-later: { say: pay-later, bargein: false, next: back }',
      "pay-later: { set: { late: '1' }, next: back }",
    ]),
  );
  expect([line, more]).toEqual(['step pay-later: is now a set (was: say)', []]);
});

it('tells the conditions of a route', () => {
  const route = (condition: string, to: string): string =>
    edited(
      ['start: welcome', 'start: choose'],
      ['steps:\n', `steps:\n  choose: { route: { when: [{ if: "${condition}", next: ${to} }], else: private } }\n`],
    );
  expect(diff(route('{{ 6 > 5 }}', 'card'), route('{{ 6 > 5 }}', 'welcome'))).toEqual([
    'step choose: when {{ 6 > 5 }} the caller now goes to card (was: welcome)',
  ]);
  expect(diff(route('{{ 7 > 5 }}', 'welcome'), route('{{ 6 > 5 }}', 'welcome'))).toEqual([
    'step choose: when {{ 7 > 5 }} the caller now goes to welcome',
    'step choose: when {{ 6 > 5 }} the caller no longer goes to welcome',
  ]);
});
