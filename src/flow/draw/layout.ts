import { drawnEdges } from './drawn-edges';
import { END, type Picture, type PictureEdge, type PictureNode } from './picture';
import { textWidth, wrapped } from './text-size';

/** All in px. */
export const SIZES = {
  boxWidth: 250,
  padding: 12,
  title: 15,
  text: 12,
  line: 16,
  label: 11,
  gapX: 28,
  gapY: 64,
  laneWidth: 18,
  margin: 32,
} as const;

export interface Box {
  readonly node: PictureNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly about: readonly string[];
  readonly said: readonly string[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Arrow {
  readonly edge: PictureEdge;
  /** From the box it leaves, through the gaps between boxes, to the box it leads to. */
  readonly points: readonly Point[];
  /** Middle of the label, under the box that the arrow leaves. */
  readonly label: Point;
  /** Leads up, to the step itself, or where many lead: ends at a tag with the target's name, which this sign stands before. */
  readonly tag: '\u2191' | '\u2192' | null;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** A box, or the place where a long arrow passes a row of boxes. */
interface Cell {
  readonly key: string;
  readonly node: PictureNode | null;
  readonly width: number;
  readonly height: number;
  readonly rank: number;
  x: number;
}

/**
 * Lays a picture out in rows from the start down. Every arrow leads down through lanes of its own; what would lead up ends at a
 * tag. A box is as wide as the labels of its arrows need, so nothing overlaps. The same picture always gives the same layout.
 */
export function layoutOf(picture: Picture): Layout {
  const down = drawnEdges(picture);
  const ranks = ranksOf(picture, down);
  const rows = rowsOf(picture, down, ranks);
  order(rows, down, ranks);
  place(rows, down, ranks);
  return drawn(picture, down, ranks, rows);
}

/** Each box stands below all that lead to it. */
function ranksOf({ nodes }: Picture, down: readonly PictureEdge[]): ReadonlyMap<string, number> {
  const ranks = new Map(nodes.map(({ id }) => [id, 0]));
  let moved = true;
  while (moved) {
    moved = false;
    for (const { from, to } of down) {
      const below = (ranks.get(from) ?? 0) + 1;
      if (below <= (ranks.get(to) ?? 0)) continue;
      ranks.set(to, below);
      moved = true;
    }
  }
  const last = Math.max(...ranks.values());
  return ranks.set(END, last);
}

function rowsOf({ nodes, edges }: Picture, down: readonly PictureEdge[], ranks: ReadonlyMap<string, number>): Cell[][] {
  const rows: Cell[][] = Array.from({ length: Math.max(...ranks.values()) + 1 }, () => []);
  for (const node of nodes) {
    const rank = ranks.get(node.id) ?? 0;
    const labels = edges.filter(({ from }) => from === node.id).map((edge) => slotWidth(edge));
    const width = Math.max(
      SIZES.boxWidth,
      labels.reduce((sum, each) => sum + each, 0),
    );
    rows[rank]?.push({ key: node.id, node, width, height: heightOf(node, width), rank, x: 0 });
  }
  for (const edge of down) {
    for (let rank = (ranks.get(edge.from) ?? 0) + 1; rank < (ranks.get(edge.to) ?? 0); rank++) {
      rows[rank]?.push({ key: laneKey(edge, rank), node: null, width: SIZES.laneWidth, height: 0, rank, x: 0 });
    }
  }
  return rows;
}

function laneKey({ from, to }: PictureEdge, rank: number): string {
  return `${from}>${to}@${rank}`;
}

/** Room for a label, or for the tag of an arrow that leads up, whichever is wider. */
function slotWidth({ label, to }: PictureEdge): number {
  return Math.max(textWidth(label, SIZES.label), textWidth(to, SIZES.label) + 24, 30) + 16;
}

function heightOf(node: PictureNode, width: number): number {
  const lines = aboutOf(node, width).length + saidOf(node, width).length;
  return SIZES.padding * 2 + SIZES.title + (lines === 0 ? 0 : 4 + lines * SIZES.line);
}

function aboutOf({ about }: PictureNode, width: number): readonly string[] {
  return wrapped(about, SIZES.text, width - SIZES.padding * 2);
}

function saidOf({ said }: PictureNode, width: number): readonly string[] {
  return said === '' ? [] : wrapped(`\u201c${said}\u201d`, SIZES.text, width - SIZES.padding * 2);
}

type Links = ReadonlyMap<string, { readonly above: readonly string[]; readonly below: readonly string[] }>;

/** Which cells of the rows above and below each cell is joined with. */
function linksOf(down: readonly PictureEdge[], ranks: ReadonlyMap<string, number>): Links {
  const links = new Map<string, { above: string[]; below: string[] }>();
  const at = (key: string) => {
    const known = links.get(key) ?? { above: [], below: [] };
    links.set(key, known);
    return known;
  };
  for (const edge of down) {
    const chain = chainOf(edge, ranks);
    chain.slice(1).forEach((key, index) => {
      const before = chain[index] ?? '';
      at(before).below.push(key);
      at(key).above.push(before);
    });
  }
  return links;
}

function chainOf(edge: PictureEdge, ranks: ReadonlyMap<string, number>): readonly string[] {
  const [first, last] = [ranks.get(edge.from) ?? 0, ranks.get(edge.to) ?? 0];
  const lanes = Array.from({ length: Math.max(0, last - first - 1) }, (_, index) => laneKey(edge, first + 1 + index));
  return [edge.from, ...lanes, edge.to];
}

const SWEEPS = 12;

/** Puts the cells of each row into an order in which few arrows cross: by the mean place of what they are joined with. */
function order(rows: Cell[][], down: readonly PictureEdge[], ranks: ReadonlyMap<string, number>): void {
  const links = linksOf(down, ranks);
  const place = new Map<string, number>();
  const number = (row: Cell[]): void => {
    row.forEach(({ key }, index) => place.set(key, (index + 0.5) / row.length));
  };
  rows.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const side = sweep % 2 === 0 ? 'above' : 'below';
    for (const row of sweep % 2 === 0 ? rows : [...rows].reverse()) {
      const means = new Map(
        row.map(({ key }) => [key, mean(links.get(key)?.[side] ?? [], place) ?? place.get(key) ?? 0]),
      );
      row.sort((a, b) => (means.get(a.key) ?? 0) - (means.get(b.key) ?? 0));
      number(row);
    }
  }
}

/** Sets `x`, the middle of each cell: near what it is joined with, and clear of its neighbours. */
function place(rows: Cell[][], down: readonly PictureEdge[], ranks: ReadonlyMap<string, number>): void {
  const links = linksOf(down, ranks);
  const middle = new Map<string, number>();
  const settle = (row: Cell[], wanted: (cell: Cell) => number): void => {
    const xs = apart(row, row.map(wanted));
    row.forEach((cell, index) => {
      cell.x = xs[index] ?? 0;
      middle.set(cell.key, cell.x);
    });
  };
  for (const row of rows) settle(row, () => 0);
  for (let sweep = 0; sweep < SWEEPS * 2; sweep++) {
    const sides = sweep % 2 === 0 ? (['above'] as const) : (['below'] as const);
    for (const row of sweep % 2 === 0 ? rows : [...rows].reverse()) {
      settle(
        row,
        ({ key, x }) =>
          mean(
            sides.flatMap((side) => links.get(key)?.[side] ?? []),
            middle,
          ) ?? x,
      );
    }
  }
}

/** The places nearest to `wanted`, in their order, at which neighbours do not touch: those that collide move apart together. */
function apart(row: readonly Cell[], wanted: readonly number[]): readonly number[] {
  const blocks: { start: number; size: number; sum: number; count: number }[] = [];
  const offsets: number[] = [];
  let offset = 0;
  row.forEach((cell, index) => {
    const before = row[index - 1];
    offset += before === undefined ? 0 : before.width / 2 + SIZES.gapX + cell.width / 2;
    offsets.push(offset);
    blocks.push({ start: index, size: 1, sum: (wanted[index] ?? 0) - offset, count: 1 });
    for (
      let last = blocks.at(-1), prior = blocks.at(-2);
      last && prior && prior.sum / prior.count >= last.sum / last.count;
    ) {
      blocks.splice(-2, 2, {
        start: prior.start,
        size: prior.size + last.size,
        sum: prior.sum + last.sum,
        count: prior.count + last.count,
      });
      [prior, last] = [blocks.at(-2), blocks.at(-1)];
    }
  });
  return blocks.flatMap(({ start, size, sum, count }) => {
    return Array.from({ length: size }, (_, index) => sum / count + (offsets[start + index] ?? 0));
  });
}

function mean(keys: readonly string[], values: ReadonlyMap<string, number>): number | null {
  if (keys.length === 0) return null;
  return keys.reduce((sum, key) => sum + (values.get(key) ?? 0), 0) / keys.length;
}

function drawn(
  picture: Picture,
  down: readonly PictureEdge[],
  ranks: ReadonlyMap<string, number>,
  rows: Cell[][],
): Layout {
  const cells = rows.flat();
  const left = Math.min(...cells.map(({ x, width }) => x - width / 2)) - SIZES.margin;
  const right = Math.max(...cells.map(({ x, width }) => x + width / 2)) + SIZES.margin;
  const tops: number[] = [];
  let y: number = SIZES.margin;
  for (const row of rows) {
    tops.push(y);
    y += Math.max(SIZES.padding, ...row.map(({ height }) => height)) + SIZES.gapY;
  }
  const boxes = cells.flatMap(({ node, x, width, height, rank }): Box[] => {
    if (node === null) return [];
    const about = aboutOf(node, width);
    return [{ node, x: x - width / 2 - left, y: tops[rank] ?? 0, width, height, about, said: saidOf(node, width) }];
  });
  const bottoms = tops.map((_, rank) => (tops[rank + 1] ?? y) - SIZES.gapY);
  const lanes = new Map(cells.map(({ key, x }) => [key, x - left]));
  const arrows = boxes.flatMap((box) => arrowsOf(box, picture, down, ranks, { lanes, tops, bottoms }));
  return { width: right - left, height: y - SIZES.gapY + SIZES.margin, boxes, arrows };
}

interface Grid {
  readonly lanes: ReadonlyMap<string, number>;
  readonly tops: readonly number[];
  readonly bottoms: readonly number[];
}

function isAbove({ from, to }: PictureEdge, ranks: ReadonlyMap<string, number>): boolean {
  return (ranks.get(to) ?? 0) <= (ranks.get(from) ?? 0);
}

/** The arrows that leave a box, each from a port of its own. */
function arrowsOf(
  box: Box,
  { edges }: Picture,
  down: readonly PictureEdge[],
  ranks: ReadonlyMap<string, number>,
  { lanes, tops, bottoms }: Grid,
): readonly Arrow[] {
  const middle = box.x + box.width / 2;
  const heading = (edge: PictureEdge): number =>
    down.includes(edge) ? (lanes.get(chainOf(edge, ranks)[1] ?? '') ?? middle) : Number.POSITIVE_INFINITY;
  const leaving = edges.filter(({ from }) => from === box.node.id);
  // Keys and conditions stand in their order, which says something; others where they cross the fewest.
  if (!box.node.inOrder) leaving.sort((a, b) => heading(a) - heading(b));
  const total = leaving.reduce((sum, edge) => sum + slotWidth(edge), 0);
  let at = middle - total / 2;
  return leaving.map((edge) => {
    const port = at + slotWidth(edge) / 2;
    at += slotWidth(edge);
    const start = { x: port, y: box.y + box.height };
    const label = { x: port, y: start.y + 16 };
    if (!down.includes(edge))
      return {
        edge,
        points: [start, { x: port, y: start.y + 26 }],
        label,
        tag: isAbove(edge, ranks) ? '\u2191' : '\u2192',
      };
    const chain = chainOf(edge, ranks);
    const below = { x: port, y: bottoms[ranks.get(edge.from) ?? 0] ?? start.y };
    const passing = chain.slice(1, -1).flatMap((key, index): Point[] => {
      const rank = (ranks.get(edge.from) ?? 0) + 1 + index;
      const x = lanes.get(key) ?? port;
      return [
        { x, y: tops[rank] ?? 0 },
        { x, y: bottoms[rank] ?? 0 },
      ];
    });
    const end = { x: lanes.get(edge.to) ?? port, y: tops[ranks.get(edge.to) ?? 0] ?? 0 };
    return {
      edge,
      points: [start, { ...below, y: Math.max(below.y, label.y + 6) }, ...passing, end],
      label,
      tag: null,
    };
  });
}
