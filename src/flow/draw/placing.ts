import type { PictureEdge } from './picture';
import { chainOf, rowWidth, type Cell, type Ranks, type Rows } from './rows';
import { SIZES } from './sizes';

type Links = ReadonlyMap<string, { readonly above: readonly string[]; readonly below: readonly string[] }>;

/** Which cells of the rows above and below each cell is joined with. */
function linksOf(drawn: readonly PictureEdge[], ranks: Ranks): Links {
  const links = new Map<string, { above: string[]; below: string[] }>();
  const at = (key: string) => {
    const known = links.get(key) ?? { above: [], below: [] };
    links.set(key, known);
    return known;
  };
  for (const edge of drawn) {
    const chain = chainOf(edge, ranks);
    chain.slice(1).forEach((key, index) => {
      const before = chain[index] ?? '';
      at(before).below.push(key);
      at(key).above.push(before);
    });
  }
  return links;
}

const SWEEPS = 12;

/** Puts the cells of each row into an order in which few arrows cross: by the mean place of what they are joined with. */
export function order({ rows, drawn, ranks }: Rows): void {
  const links = linksOf(drawn, ranks);
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
export function place({ rows, drawn, ranks }: Rows): void {
  const links = linksOf(drawn, ranks);
  const width = Math.max(SIZES.row, ...rows.map(rowWidth));
  const middle = new Map<string, number>();
  const settle = (row: Cell[], wanted: (cell: Cell) => number): void => {
    const xs = apart(row, row.map(wanted), width);
    row.forEach((cell, index) => {
      cell.x = xs[index] ?? 0;
      middle.set(cell.key, cell.x);
    });
  };
  for (const row of rows) settle(row, () => width / 2);
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

/**
 * The places nearest to `wanted`, in their order and between 0 and `width`, at which neighbours do not touch: those that collide move
 * apart together.
 */
function apart(row: readonly Cell[], wanted: readonly number[], width: number): readonly number[] {
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
  const first = (row[0]?.width ?? 0) / 2;
  const last = width - (row.at(-1)?.width ?? 0) / 2 - offset;
  return blocks.flatMap(({ start, size, sum, count }) => {
    const at = Math.min(Math.max(sum / count, first), last);
    return Array.from({ length: size }, (_, index) => at + (offsets[start + index] ?? 0));
  });
}

function mean(keys: readonly string[], values: ReadonlyMap<string, number>): number | null {
  if (keys.length === 0) return null;
  return keys.reduce((sum, key) => sum + (values.get(key) ?? 0), 0) / keys.length;
}
