import { existsSync, readFileSync } from 'node:fs';
import { checkDefinitions } from '../../../src/definitions';
import type { CompiledFlow } from '../../../src/flow/compile/compile-flow';
import { layoutOf, type Box } from '../../../src/flow/draw/layout';
import { mermaidOf } from '../../../src/flow/draw/mermaid';
import { pictureOf, type Picture } from '../../../src/flow/draw/picture';
import { labelOf } from '../../../src/flow/draw/sizes';
import { svgOf } from '../../../src/flow/draw/svg';
import { textWidth } from '../../../src/flow/draw/text-size';
import { parseFlow } from '../../../src/flow/parse/parse-flow';
import type { Prompts } from '../../../src/ports/prompts';

let flows: readonly CompiledFlow[];
let prompts: Prompts;
let pictures: readonly Picture[];

beforeAll(async () => {
  const { definitions } = await checkDefinitions({ flowsDir: 'flows', soundsDir: 'sounds', secretsFile: null });
  flows = [...new Set(definitions.flows.values())];
  prompts = definitions.prompts;
  pictures = flows.map(({ flow }) => pictureOf(flow, prompts));
});

const GOOD = ['card-payment', 'crowded-end', 'expressions', 'menus', 'otp-again', 'routing', 'transfers', 'waiting'];
const TOPICS = 6;

function golden(name: string): Picture {
  const file = `test/flow/golden/good/${name}.yaml`;
  return pictureFrom(file, readFileSync(file, 'utf8'));
}

function pictureFrom(file: string, text: string): Picture {
  const { flow } = parseFlow(file, text);
  if (flow === null) throw new Error(`${file} is no flow`);
  return pictureOf(flow, prompts);
}

/** A menu of topics, each with a payment of its own: 63 steps, which need not stand side by side. */
function manyTopics(): Picture {
  const topic = (of: number): string => `
  topic-${of}: { say: please-wait, next: number-${of} }
  number-${of}: { collect: account-number, save: account, on: { collected: look-${of}, failed: agent } }
  look-${of}: { connect: stock, on: { ok: agree-${of}, sold-out: gone-${of}, error: agent } }
  gone-${of}: { say: please-wait, next: agent }
  agree-${of}: { confirm: press-1-yes-2-no, on: { yes: card-${of}, no: main, none: agent } }
  card-${of}: { collect: card-number, on: { collected: expiry-${of}, failed: agent } }
  expiry-${of}: { collect: expiration-date, on: { collected: cvv-${of}, failed: agent } }
  cvv-${of}: { collect: security-code, on: { collected: pay-${of}, failed: agent } }
  pay-${of}: { pay: card-pay, amount: '1', currency: USD, reference: a, on: { approved: thanks-${of}, declined: card-${of}, unknown: agent, error: agent } }
  thanks-${of}: { say: payment-approved, next: bye }`;
  const topics = Array.from({ length: TOPICS }, (_, of) => of);
  const text = `flow: topics
dids: ['7400']
languages: [en]
start: main
steps:
  main: { menu: please-wait, choices: { ${topics.map((of) => `'${of}': topic-${of}`).join(', ')} }, on: { none: bye } }${topics.map(topic).join('')}
  agent: { return: support-queue, on: { no-answer: bye } }
  bye: { say: goodbye, end: true }
`;
  return pictureFrom('topics.yaml', text);
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Pictures of the shipped flows, and of some with every kind of step. */
function everyPicture(): readonly Picture[] {
  return [...pictures, ...GOOD.map(golden), manyTopics()];
}

describe('a drawing', () => {
  test('has every step and every way out of it, in plain words', () => {
    for (const { flow } of flows) {
      const picture = pictureOf(flow, prompts);
      expect(picture.nodes.map(({ id }) => id)).toEqual(expect.arrayContaining([...flow.steps.keys()]));
      for (const step of flow.steps.values()) {
        const ways = picture.edges.filter(({ from }) => from === step.name).map(({ to }) => to);
        expect(ways).toEqual(expect.arrayContaining(step.exits.map(({ to }) => to)));
      }
    }
    const [call] = pictures.filter(({ title }) => title === 'transferred-call');
    expect(call?.edges).toContainEqual({ from: 'card', to: 'sorry', label: 'not keyed right, cancelled', side: true });
    expect(call?.nodes.find(({ id }) => id === 'cvv')).toMatchObject({
      about: 'asks for the security code',
      said: 'Please enter the security code of your card.',
      sensitive: true,
    });
  });

  test('has no boxes that overlap, and no text wider than its box', () => {
    for (const picture of everyPicture()) {
      const { boxes, width, height } = layoutOf(picture);
      for (const [index, box] of boxes.entries()) {
        expect(boxes.slice(index + 1).filter((other) => overlap(box, other))).toEqual([]);
        const widest = Math.max(...[...box.about, ...box.said].map((line) => textWidth(line, 12)), 0);
        expect(widest).toBeLessThanOrEqual(box.width);
        expect(box.x).toBeGreaterThan(0);
        expect(box.x + box.width).toBeLessThan(width);
        expect(box.y + box.height).toBeLessThan(height);
      }
    }
  });

  test('has labels that do not touch, and arrows that pass between boxes', () => {
    for (const picture of everyPicture()) {
      const { boxes, arrows } = layoutOf(picture);
      for (const box of boxes) {
        const labels = arrows
          .filter(({ edge }) => edge.from === box.node.id)
          .map(({ edge, label }) => ({ label, half: textWidth(labelOf(edge), 11) / 2 }))
          .sort((a, b) => a.label.x - b.label.x);
        labels.slice(1).forEach(({ label, half }, index) => {
          const before = labels[index];
          expect(label.x - half).toBeGreaterThan((before?.label.x ?? 0) + (before?.half ?? 0));
        });
        // An arrow runs straight down where boxes are, and bends only between rows.
        const through = arrows.filter(({ points }) =>
          points.some(
            (point, index) =>
              index > 0 &&
              points[index - 1]?.x === point.x &&
              point.x > box.x &&
              point.x < box.x + box.width &&
              (points[index - 1]?.y ?? 0) < box.y &&
              point.y > box.y + box.height,
          ),
        );
        expect(through.map(({ edge }) => edge)).toEqual([]);
      }
    }
  });

  test('grows longer, not wider, so that a page shows it in a size to read', () => {
    for (const picture of everyPicture()) {
      const { width, boxes } = layoutOf(picture);
      expect([picture.title, Math.round(width)]).toEqual([picture.title, Math.min(Math.round(width), 1064)]);
      expect(boxes).toHaveLength(picture.nodes.length);
    }
    const { arrows } = layoutOf(manyTopics());
    // A way that goes on as hoped is drawn, if it does not lead far.
    const hoped = arrows.filter(({ edge }) => /^(card|expiry)-/.test(edge.from) && !edge.side);
    expect(hoped.map(({ tag }) => tag)).toEqual(Array<null>(2 * TOPICS).fill(null));
    expect(svgOf(golden('expressions'))).toMatch(/>\$contains\(phone, '\+44'\)[^<]{20,30}\u2026</);
  });

  test('has no arrow that bends where a tag is', () => {
    for (const picture of everyPicture()) {
      const { boxes, arrows } = layoutOf(picture);
      const rowOf = new Map(boxes.map(({ node, y }) => [node.id, y]));
      for (const { edge, tag, label } of arrows) {
        if (tag === null) continue;
        const beside = arrows.filter(
          (other) => other.tag === null && rowOf.get(other.edge.from) === rowOf.get(edge.from),
        );
        expect(beside.filter(({ points }) => (points[1]?.y ?? 0) < label.y + 28)).toEqual([]);
      }
    }
  });

  test('ends a way that leads up at a tag', () => {
    const call = pictures.find(({ title }) => title === 'transferred-call');
    if (call === undefined) throw new Error('there is no transferred-call');
    const up = layoutOf(call).arrows.filter(({ tag }) => tag === '\u2191');
    expect(up.map(({ edge }) => `${edge.from} ${edge.to}`).sort()).toEqual(['other-card card', 'otp-again pay']);
  });

  test('ends all ways but one at tags where many lead to the same end', () => {
    const picture = golden('crowded-end');
    const { arrows, boxes } = layoutOf(picture);
    const toBye = arrows.filter(({ edge }) => edge.to === 'bye');
    expect(toBye).toHaveLength(8);
    expect(toBye.filter(({ tag }) => tag !== null)).toHaveLength(7);
    const tagged = svgOf(picture).match(/[\u2191\u2192] bye</g);
    expect(tagged).toHaveLength(7);
    expect(boxes.map(({ node }) => node.title)).toContain('part-1');
  });

  test('has the keys of a menu and the conditions of a route in their order, what is otherwise last', () => {
    const { arrows } = layoutOf(golden('crowded-end'));
    const waysOf = (step: string): readonly string[] =>
      arrows
        .filter(({ edge }) => edge.from === step)
        .sort((a, b) => a.label.x - b.label.x)
        .map(({ edge }) => edge.to);
    expect(waysOf('parts')).toEqual(['part-4', 'part-3', 'part-2', 'part-1', 'bye']);
    expect(waysOf('decide')).toEqual(['part-5', 'part-6', 'bye']);
  });

  test('as SVG tells those who cannot see it what it shows, and locks what is sensitive', () => {
    for (const picture of pictures) {
      const svg = svgOf(picture);
      expect(svg).toMatch(/<title id="title">The flow [a-z-]+<\/title>\n<desc id="desc">A caller dials/);
      const sensitive = picture.nodes.filter((node) => node.sensitive).length;
      expect(svg.match(/class="lock"/g)).toHaveLength(sensitive + 1);
      expect(svg.match(/class="step"/g)).toHaveLength(picture.nodes.length);
      expect(svg.match(/class="way"/g)).toHaveLength(picture.edges.length);
      expect(svg).not.toMatch(/NaN|undefined|<script|href=/);
    }
  });

  test('of words with signs of XML in them is still XML', () => {
    const node = { id: 'a', title: 'a < b & "c"', about: '', said: '', sensitive: false, inOrder: false };
    const svg = svgOf({ title: 'x', nodes: [{ ...node, id: '$start' }, node, { ...node, id: '$end' }], edges: [] });
    expect(svg).toContain('a &lt; b &amp; &quot;c&quot;');
    expect(svg).not.toContain('a < b');
  });

  test('as Mermaid is as it was agreed', () => {
    expect(mermaidOf(golden('card-payment'))).toBe(readFileSync('test/flow/draw/card-payment.mmd', 'utf8'));
  });
});

test('every shipped flow is drawn in docs/ops/flows, as it is now', () => {
  for (const picture of pictures) {
    const file = `docs/ops/flows/${picture.title}.svg`;
    const drawn = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const again = `npx hushtone flow draw ${picture.title} -o ${file}`;
    expect(drawn === svgOf(picture) ? 'as it is now' : `${file} is old; draw it again: ${again}`).toBe('as it is now');
  }
});
