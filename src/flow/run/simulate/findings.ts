import type { Place } from '../../ast';

/** One moment of a path: where the call stood, and what happened there. */
export interface Turn {
  readonly step: string;
  /** '' where the call just went on. */
  readonly words: string;
}

/** Something that a caller should never meet. */
export interface Finding {
  readonly kind: 'dead-end' | 'silence' | 'not-told';
  readonly step: string;
  /** Of that step. */
  readonly place: Place;
  readonly what: string;
  /** The shortest of the paths that lead there. */
  readonly path: readonly Turn[];
  /** How many paths do. */
  readonly paths: number;
}

/** Collects findings; of those that say the same of the same step, the one with the shortest path is kept. */
export class Findings {
  private readonly found = new Map<string, Finding>();

  add(finding: Omit<Finding, 'paths'>): void {
    const key = `${finding.kind} ${finding.step} ${finding.what}`;
    const known = this.found.get(key);
    const shorter = known === undefined || finding.path.length < known.path.length ? finding : known;
    this.found.set(key, { ...shorter, paths: (known?.paths ?? 0) + 1 });
  }

  all(): readonly Finding[] {
    return [...this.found.values()].sort((a, b) => a.place.line - b.place.line || a.kind.localeCompare(b.kind));
  }
}
