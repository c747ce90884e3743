import type { Picture, PictureEdge, PictureNode } from './picture';
import { order, place } from './placing';
import { chainOf, rowsOf, type Ranks, type Rows } from './rows';
import { aboutOf, saidOf, SIZES, slotWidth } from './sizes';

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
  /** Leads up, or where many lead, or too far: ends at a tag with the target's name, which this sign stands before. */
  readonly tag: '\u2191' | '\u2192' | null;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/**
 * Lays a picture out in rows from the start down. Every arrow leads down through lanes of its own; what would lead up ends at a
 * tag, as does what there is no room for: a picture grows longer, not wider. A box is as wide as the labels of its arrows need, so
 * nothing overlaps. The same picture always gives the same layout.
 */
export function layoutOf(picture: Picture): Layout {
  const found = rowsOf(picture);
  order(found);
  place(found);
  return drawnIn(picture, found);
}

function drawnIn(picture: Picture, { ranks, rows, drawn }: Rows): Layout {
  const cells = rows.flat();
  const left = Math.min(...cells.map(({ x, width }) => x - width / 2)) - SIZES.margin;
  const right = Math.max(...cells.map(({ x, width }) => x + width / 2)) + SIZES.margin;
  const tagged = new Set(picture.edges.filter((edge) => !drawn.includes(edge)).map(({ from }) => from));
  // Arrows bend below all labels and tags of a row.
  const footOf = (key: string): number => (tagged.has(key) ? SIZES.tags : SIZES.labels);
  const tops: number[] = [];
  let y: number = SIZES.margin;
  for (const row of rows) {
    tops.push(y);
    y += Math.max(SIZES.padding, ...row.map(({ key, height }) => height + footOf(key))) + SIZES.gapY;
  }
  const boxes = cells.flatMap(({ node, x, width, height, rank }): Box[] => {
    if (node === null) return [];
    const about = aboutOf(node, width);
    return [{ node, x: x - width / 2 - left, y: tops[rank] ?? 0, width, height, about, said: saidOf(node, width) }];
  });
  const bottoms = tops.map((_, rank) => (tops[rank + 1] ?? y) - SIZES.gapY);
  const lanes = new Map(cells.map(({ key, x }) => [key, x - left]));
  const arrows = boxes.flatMap((box) => arrowsOf(box, picture, drawn, ranks, { lanes, tops, bottoms }));
  return { width: right - left, height: y - SIZES.gapY + SIZES.margin, boxes, arrows };
}

interface Grid {
  readonly lanes: ReadonlyMap<string, number>;
  readonly tops: readonly number[];
  readonly bottoms: readonly number[];
}

function isAbove({ from, to }: PictureEdge, ranks: Ranks): boolean {
  return (ranks.get(to) ?? 0) <= (ranks.get(from) ?? 0);
}

/** The arrows that leave a box, each from a port of its own. */
function arrowsOf(
  box: Box,
  { edges }: Picture,
  down: readonly PictureEdge[],
  ranks: Ranks,
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
