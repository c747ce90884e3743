import { layoutOf, type Arrow, type Box, type Point } from './layout';
import { END, START, type Picture } from './picture';
import { nameInWords } from './plain-words';
import { labelOf, SIZES } from './sizes';
import { textWidth } from './text-size';

const LEGEND_HEIGHT = 56;

/** A picture as an SVG of its own: no style sheet, script or type from elsewhere. */
export function svgOf(picture: Picture): string {
  const { width, height, boxes, arrows } = layoutOf(picture);
  const [w, h] = [Math.ceil(Math.max(width, 720)), Math.ceil(height + LEGEND_HEIGHT)];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-labelledby="title desc" font-family="Helvetica, Arial, sans-serif">`,
    `<title id="title">The flow ${escaped(picture.title)}</title>`,
    `<desc id="desc">${escaped(inWords(picture))}</desc>`,
    '<defs>',
    ...['main', 'side'].map(
      (name) =>
        `<marker id="${name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="${COLORS[name === 'side' ? 'side' : 'main']}"/></marker>`,
    ),
    '</defs>',
    `<rect width="${w}" height="${h}" fill="#ffffff"/>`,
    ...arrows.map(line),
    ...boxes.map(box),
    ...arrows.map(words),
    legend(h - LEGEND_HEIGHT),
    '</svg>',
  ].join('\n')}\n`;
}

const COLORS = {
  main: '#2d3748',
  side: '#8a94a6',
  box: '#f7fafc',
  sensitive: '#fff3d6',
  lock: '#b7791f',
  end: '#e2e8f0',
};

function line({ edge, points, tag }: Arrow): string {
  const name = edge.side ? 'side' : 'main';
  const dashes = edge.side ? ' stroke-dasharray="5 4"' : '';
  const end = tag ? '' : ` marker-end="url(#${name})"`;
  return `<path class="way" d="${curve(points)}" fill="none" stroke="${COLORS[name]}" stroke-width="1.5"${dashes}${end}/>`;
}

/** Straight down through the rows, bending between them. */
function curve(points: readonly Point[]): string {
  return points
    .map(({ x, y }, index) => {
      const before = points[index - 1];
      if (before === undefined) return `M${round(x)} ${round(y)}`;
      if (Math.abs(before.x - x) < 0.5) return `L${round(x)} ${round(y)}`;
      const half = round((before.y + y) / 2);
      return `C${round(before.x)} ${half} ${round(x)} ${half} ${round(x)} ${round(y)}`;
    })
    .join('');
}

function words({ edge, label, tag }: Arrow): string {
  const color = edge.side ? '#5a6475' : COLORS.main;
  const parts: string[] = [];
  if (edge.label !== '') {
    const width = textWidth(labelOf(edge), SIZES.label) + 6;
    parts.push(
      `<rect x="${round(label.x - width / 2)}" y="${round(label.y - 10)}" width="${round(width)}" height="14" fill="#ffffff"/>`,
      text(labelOf(edge), label.x, label.y, SIZES.label, color, 'text-anchor="middle" class="outcome"'),
    );
  }
  if (tag !== null) {
    const width = textWidth(edge.to, SIZES.label) + 22;
    const y = label.y + 10;
    parts.push(
      `<rect x="${round(label.x - width / 2)}" y="${round(y)}" width="${round(width)}" height="18" rx="9" fill="#ffffff" stroke="${edge.side ? COLORS.side : COLORS.main}"/>`,
      text(`${tag} ${nameInWords(edge.to)}`, label.x, y + 13, SIZES.label, color, 'text-anchor="middle"'),
    );
  }
  return parts.join('\n');
}

function box({ node, x, y, width, height, about, said }: Box): string {
  const isEnd = node.id === START || node.id === END;
  const fill = node.sensitive ? COLORS.sensitive : isEnd ? COLORS.end : COLORS.box;
  const stroke = node.sensitive ? COLORS.lock : COLORS.main;
  const left = x + SIZES.padding;
  let at = y + SIZES.padding + SIZES.title - 3;
  const parts = [
    `<g class="step" id="step-${escaped(node.id.replace('$', ''))}">`,
    `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${isEnd ? round(height / 2) : 6}" fill="${fill}" stroke="${stroke}" stroke-width="${node.sensitive ? 2 : 1.2}"/>`,
    isEnd
      ? text(node.title, x + width / 2, at, SIZES.title - 1, COLORS.main, 'text-anchor="middle" font-weight="bold"')
      : text(node.title, left, at, SIZES.title, COLORS.main, 'font-weight="bold"'),
  ];
  if (node.sensitive) parts.push(lock(x + width - SIZES.padding - 12, y + SIZES.padding - 1));
  at += 4;
  for (const row of about) parts.push(text(row, left, (at += SIZES.line), SIZES.text, '#4a5568', ''));
  for (const row of said)
    parts.push(text(row, left, (at += SIZES.line), SIZES.text, COLORS.main, 'font-style="italic"'));
  return [...parts, '</g>'].join('\n');
}

function lock(x: number, y: number): string {
  return `<g class="lock" fill="none" stroke="${COLORS.lock}" stroke-width="2"><path d="M${round(x + 2)} ${round(y + 7)}v-3a4 4 0 0 1 8 0v3"/><rect x="${round(x)}" y="${round(y + 7)}" width="12" height="8" rx="1.5" fill="${COLORS.lock}"/></g>`;
}

function legend(y: number): string {
  const at = y + 30;
  return [
    '<g class="legend">',
    lock(SIZES.margin, at - 12),
    text('card data is keyed or used: nobody hears or sees it', SIZES.margin + 22, at, SIZES.text, COLORS.main, ''),
    `<path d="M370 ${at - 4}h36" stroke="${COLORS.main}" stroke-width="1.5" marker-end="url(#main)"/>`,
    text('as hoped', 414, at, SIZES.text, COLORS.main, ''),
    `<path d="M500 ${at - 4}h36" stroke="${COLORS.side}" stroke-width="1.5" stroke-dasharray="5 4" marker-end="url(#side)"/>`,
    text('when it is not so', 544, at, SIZES.text, COLORS.main, ''),
    '</g>',
  ].join('\n');
}

function text(content: string, x: number, y: number, size: number, color: string, more: string): string {
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${color}" ${more}>${escaped(content)}</text>`;
}

/** For those who cannot see it: every step, and where it leads. */
function inWords({ nodes, edges }: Picture): string {
  return nodes
    .map(({ id, title, about }) => {
      const ways = edges
        .filter(({ from }) => from === id)
        .map(({ to, label }) => `${label === '' ? 'then' : `${label}:`} ${to.replace('$', '')}`);
      return `${title}${about === '' ? '' : `, ${about}`}${ways.length === 0 ? '' : ` (${ways.join('; ')})`}.`;
    })
    .join(' ');
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
