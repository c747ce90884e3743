import { forwardEdges } from './forward-edges';
import { END, START, type Picture, type PictureEdge, type PictureNode } from './picture';
import { boxWidth, heightOf, SIZES } from './sizes';

/** A box, or the place where a long arrow passes a row of boxes. */
export interface Cell {
  readonly key: string;
  readonly node: PictureNode | null;
  readonly width: number;
  readonly height: number;
  readonly rank: number;
  x: number;
}

/** Row of each step, from 0. */
export type Ranks = ReadonlyMap<string, number>;

export interface Rows {
  readonly ranks: Ranks;
  readonly rows: Cell[][];
  /** The edges that are drawn as arrows, all of which lead down; the others end at tags. */
  readonly drawn: readonly PictureEdge[];
}

/** More arrows than this to one step would run side by side down the whole picture. */
const MOST_TO_ONE_STEP = 6;

/**
 * Puts each box into a row below all that lead to it, and into a further one where that row is full. Arrows for which there is no
 * room between the boxes of a row end at tags.
 */
export function rowsOf(picture: Picture): Rows {
  const forward = forwardEdges(picture);
  const boxes = boxesOf(picture);
  const ranks = ranksOf(picture, forward, boxes);
  const rows: Cell[][] = Array.from({ length: Math.max(...ranks.values()) + 1 }, () => []);
  for (const node of picture.nodes) {
    const rank = ranks.get(node.id) ?? 0;
    const width = boxes.get(node.id) ?? 0;
    rows[rank]?.push({ key: node.id, node, width, height: heightOf(node, width), rank, x: 0 });
  }
  const drawn = withRoom(withoutCrowds(forward, ranks), ranks, rows);
  for (const edge of drawn) {
    for (const [index, key] of chainOf(edge, ranks).slice(1, -1).entries()) {
      const rank = (ranks.get(edge.from) ?? 0) + 1 + index;
      rows[rank]?.push({ key, node: null, width: SIZES.laneWidth, height: 0, rank, x: 0 });
    }
  }
  return { ranks, rows, drawn };
}

/** What an arrow runs through: the box that it leaves, its lane in each row that it passes, the box that it leads to. */
export function chainOf({ from, to }: PictureEdge, ranks: Ranks): readonly string[] {
  const [first, last] = [ranks.get(from) ?? 0, ranks.get(to) ?? 0];
  const passed = Array.from({ length: Math.max(0, last - first - 1) }, (_, index) => first + 1 + index);
  return [from, ...passed.map((rank) => `${from}>${to}@${rank}`), to];
}

export function rowWidth(row: readonly Cell[]): number {
  return row.reduce((sum, { width }) => sum + width + SIZES.gapX, -SIZES.gapX);
}

function boxesOf({ nodes, edges }: Picture): ReadonlyMap<string, number> {
  return new Map(nodes.map(({ id }) => [id, boxWidth(edges.filter(({ from }) => from === id))]));
}

function ranksOf(picture: Picture, forward: readonly PictureEdge[], boxes: ReadonlyMap<string, number>): Ranks {
  const ranks = new Map<string, number>();
  const taken: number[] = [];
  for (const id of downwards(picture, forward)) {
    const width = (boxes.get(id) ?? 0) + SIZES.gapX;
    const above = forward.filter(({ to }) => to === id).map(({ from }) => ranks.get(from) ?? 0);
    let rank = Math.max(-1, ...above) + 1;
    while ((taken[rank] ?? 0) > 0 && (taken[rank] ?? 0) + width > SIZES.row + SIZES.gapX) rank++;
    ranks.set(id, rank);
    taken[rank] = (taken[rank] ?? 0) + width;
  }
  const last = Math.max(...ranks.values());
  return ranks.set(END, (ranks.get(END) ?? 0) === last ? last : last + 1);
}

/** The steps, each behind all that lead to it: the way that is hoped for first, then what branches off it. */
function downwards({ nodes }: Picture, forward: readonly PictureEdge[]): readonly string[] {
  const seen = new Set<string>();
  const order: string[] = [];
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const { to } of forward.filter(({ from }) => from === id).reverse()) visit(to);
    order.unshift(id);
  };
  for (const { id } of [...nodes].reverse()) if (id !== START) visit(id);
  visit(START);
  return order;
}

/** Of the ways to a step that many lead to, the shortest alone. */
function withoutCrowds(edges: readonly PictureEdge[], ranks: Ranks): readonly PictureEdge[] {
  return edges.filter((edge) => {
    const leading = edges.filter(({ to }) => to === edge.to);
    if (edge.to === END || leading.length <= MOST_TO_ONE_STEP) return true;
    const [kept] = leading.toSorted((a, b) => Number(a.side) - Number(b.side) || passed(a, ranks) - passed(b, ranks));
    return edge === kept;
  });
}

function passed(edge: PictureEdge, ranks: Ranks): number {
  return chainOf(edge, ranks).length - 2;
}

/** Without the longest arrows through rows that have no room for them; the last one to a step is the last to go. */
function withRoom(edges: readonly PictureEdge[], ranks: Ranks, rows: readonly Cell[][]): readonly PictureEdge[] {
  let drawn = edges;
  const passing = (rank: number): readonly PictureEdge[] =>
    drawn.filter(({ from, to }) => (ranks.get(from) ?? 0) < rank && (ranks.get(to) ?? 0) > rank);
  const leading = (edge: PictureEdge): number => drawn.filter(({ to }) => to === edge.to).length;
  for (const [rank, row] of rows.entries()) {
    const room = SIZES.row - rowWidth(row);
    for (let lanes = passing(rank); lanes.length * (SIZES.laneWidth + SIZES.gapX) > room; lanes = passing(rank)) {
      const [out] = lanes.toSorted(
        (a, b) =>
          Number(leading(a) === 1) - Number(leading(b) === 1) ||
          Number(b.side) - Number(a.side) ||
          passed(b, ranks) - passed(a, ranks),
      );
      if (out === undefined) break;
      drawn = drawn.filter((edge) => edge !== out);
    }
  }
  return drawn;
}
