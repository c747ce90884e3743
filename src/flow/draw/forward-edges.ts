import { START, type Picture, type PictureEdge } from './picture';

/** The edges that close no loop: a picture can be drawn so that all of them lead down. */
export function forwardEdges(picture: Picture): readonly PictureEdge[] {
  const up = loops(picture);
  return picture.edges.filter((edge) => !up.has(edge));
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
