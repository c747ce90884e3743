import type { Place } from '../flow/ast';
import type { BodyNode, Connector, Needs, Part, Template } from './ast';

/** Every setting and secret that a connector names. */
export function needsOf(connector: Connector): Needs {
  const settings = new Map<string, Place>();
  const secrets = new Map<string, Place>();
  for (const part of partsOf(connector)) {
    if (part.kind !== 'setting' && part.kind !== 'secret') continue;
    const names = part.kind === 'setting' ? settings : secrets;
    if (!names.has(part.name)) names.set(part.name, part.place);
  }
  return { settings, secrets };
}

function partsOf(connector: Connector): readonly Part[] {
  const templates: Template[] = [connector.baseUrl];
  const { auth } = connector;
  if (auth.kind === 'basic') templates.push(auth.user, auth.password);
  if (auth.kind === 'bearer') templates.push(auth.token);
  for (const operation of connector.operations.values()) {
    templates.push(
      operation.path,
      ...operation.query.map(([, value]) => value),
      ...operation.headers.map(([, value]) => value),
    );
    if (operation.json !== null) templates.push(...templatesIn(operation.json));
  }
  return templates.flatMap((template) => template.parts);
}

function templatesIn(node: BodyNode): readonly Template[] {
  switch (node.kind) {
    case 'raw':
      return [];
    case 'template':
      return [node.template];
    case 'array':
      return node.items.flatMap(templatesIn);
    case 'object':
      return node.entries.flatMap(([, child]) => templatesIn(child));
  }
}
