import { visit } from 'yaml';
import type { Alias, Document, Node } from 'yaml';
import { suggestion } from '../nearest';

export interface Aliases {
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
  /** Those that stand for nothing, with what to say. */
  readonly lost: readonly { readonly alias: Alias; readonly message: string }[];
}

/** Looks every alias (`*name`) of a document up at once; YAML's own look-up goes through the whole document for each. */
export function findAliases(document: Document.Parsed): Aliases {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const lost: { alias: Alias; message: string }[] = [];
  visit(document, {
    Value: (_key, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
    Alias: (_key, alias) => {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
      else lost.push({ alias, message: missing(alias.source, [...anchors.keys()]) });
    },
  });
  return { targets, lost };
}

function missing(name: string, anchors: readonly string[]): string {
  const hint = anchors.length === 0 ? 'a text that begins with `*` needs quotation marks' : suggestion(name, anchors);
  return `nothing before this \`*${name}\` is marked \`&${name}\`; ${hint}`;
}
