import type { PictureEdge, PictureNode } from './picture';
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
  /** Below a box: for the labels of its arrows, or for tags beneath them as well. */
  labels: 22,
  tags: 48,
  gapY: 42,
  laneWidth: 18,
  margin: 32,
  /** As wide as rows become, where boxes can be put into the next row instead: three boxes and the arrows that pass them, which a page still shows in a size to read. */
  row: 1000,
} as const;

/** As wide as the labels of its arrows need. */
export function boxWidth(labels: readonly PictureEdge[]): number {
  return Math.max(
    SIZES.boxWidth,
    labels.reduce((sum, edge) => sum + slotWidth(edge), 0),
  );
}

/** A condition may be long; the description of the drawing has it whole. */
const LONGEST_LABEL = 48;

export function labelOf({ label }: PictureEdge): string {
  return label.length <= LONGEST_LABEL ? label : `${label.slice(0, LONGEST_LABEL - 1).trimEnd()}\u2026`;
}

/** Room for a label, or for the tag of an arrow that leads up, whichever is wider. */
export function slotWidth(edge: PictureEdge): number {
  return Math.max(textWidth(labelOf(edge), SIZES.label), textWidth(edge.to, SIZES.label) + 24, 30) + 16;
}

export function heightOf(node: PictureNode, width: number): number {
  const lines = aboutOf(node, width).length + saidOf(node, width).length;
  return SIZES.padding * 2 + SIZES.title + (lines === 0 ? 0 : 4 + lines * SIZES.line);
}

export function aboutOf({ about }: PictureNode, width: number): readonly string[] {
  return wrapped(about, SIZES.text, width - SIZES.padding * 2);
}

export function saidOf({ said }: PictureNode, width: number): readonly string[] {
  return said === '' ? [] : wrapped(`\u201c${said}\u201d`, SIZES.text, width - SIZES.padding * 2);
}
