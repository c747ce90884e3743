import { END, START, type Picture, type PictureEdge } from './picture';

/** More arrows than this to one end would run side by side down the whole picture. */
const MOST_TO_ONE_END = 6;

/** The edges that are drawn as arrows, all of which lead down; the others end at tags. */
export function drawnEdges(picture: Picture): readonly PictureEdge[] {
  const up = loops(picture);
  const crowded = crowd(picture.edges.filter((edge) => !up.has(edge)));
  return picture.edges.filter((edge) => !up.has(edge) && !crowded.has(edge));
}

/** Of the ways to a step that ends the call and that many lead to, all but one. */
function crowd(edges: readonly PictureEdge[]): ReadonlySet<PictureEdge> {
  const ends = edges.filter(({ to }) => to === END).map(({ from }) => from);
  const crowded = ends.flatMap((end) => {
    const isLast = edges.every(({ from, to }) => from !== end || to === END);
    const leading = edges.filter(({ to }) => to === end);
    if (!isLast || leading.length <= MOST_TO_ONE_END) return [];
    const kept = leading.find(({ side }) => !side) ?? leading[0];
    return leading.filter((edge) => edge !== kept);
  });
  return new Set(crowded);
}

/** Ways that close a loop, found from the start in the order of the file. */
function loops({ nodes, edges }: Picture): ReadonlySet<PictureEdge> {
  const up = new Set<PictureEdge>();
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string): void => {
    state.set(name, 'open');
    for (const edge of edges) {
      if (edge.from !== name) continue;
      if (state.get(edge.to) === 'open') up.add(edge);
      else if (!state.has(edge.to)) visit(edge.to);
    }
    state.set(name, 'done');
  };
  visit(START);
  for (const { id } of nodes) if (!state.has(id)) visit(id);
  return up;
}
