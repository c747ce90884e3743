import type { Place } from '../flow/ast';
import type { Auth, BodyNode, Connector, Needs, Part, Template } from './ast';

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
  const { baseUrl, auth, signature, tls } = connector;
  const templates: (Template | null)[] = [
    baseUrl,
    ...authTemplates(auth),
    signature?.key ?? null,
    tls.authority,
    tls.client?.certificate ?? null,
    tls.client?.key ?? null,
  ];
  const pieces: Part[] = [];
  for (const { path, query, headers, body } of connector.operations.values()) {
    templates.push(path, ...query.map(([, value]) => value), ...headers.map(([, value]) => value));
    if (body?.kind === 'json') templates.push(...templatesIn(body.root));
    if (body?.kind === 'form') templates.push(...body.fields.map(([, value]) => value));
    if (body?.kind === 'text') pieces.push(...body.pieces.map(({ part }) => part));
  }
  return [...templates.flatMap((template) => template?.parts ?? []), ...pieces];
}

function authTemplates(auth: Auth): readonly (Template | null)[] {
  switch (auth.kind) {
    case 'none':
      return [];
    case 'basic':
      return [auth.user, auth.password];
    case 'bearer':
      return [auth.token];
    case 'oauth':
      return [auth.tokenUrl, auth.clientId, auth.clientSecret, auth.scope];
  }
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
