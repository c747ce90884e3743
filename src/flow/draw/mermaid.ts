import { END, START, type Picture, type PictureNode } from './picture';

/** A picture as a Mermaid flowchart. */
export function mermaidOf({ title, nodes, edges }: Picture): string {
  const ids = new Map(nodes.map(({ id }, index) => [id, `s${index}`]));
  const id = (name: string): string => ids.get(name) ?? name;
  const sensitive = nodes.filter((node) => node.sensitive).map((node) => id(node.id));
  const lines = [
    '---',
    `title: ${title}`,
    '---',
    'flowchart TD',
    ...nodes.map((node) => `  ${id(node.id)}${shape(node)}`),
    ...edges.map(({ from, to, label, side }) => {
      const arrow = side ? '-.->' : '-->';
      return `  ${id(from)} ${arrow}${label === '' ? '' : `|"${escaped(label)}"|`} ${id(to)}`;
    }),
    '  classDef sensitive fill:#fff3d6,stroke:#b7791f,stroke-width:2px',
    ...(sensitive.length === 0 ? [] : [`  class ${sensitive.join(',')} sensitive`]),
  ];
  return `${lines.join('\n')}\n`;
}

function shape({ id, title, about, said, sensitive }: PictureNode): string {
  const lock = sensitive ? '\u{1F512} ' : '';
  const lines = [`<b>${lock}${escaped(title)}</b>`, escaped(about), said === '' ? '' : `<i>${escaped(said)}</i>`];
  const text = lines.filter((line) => line !== '').join('<br/>');
  return id === START || id === END ? `(["${text}"])` : `["${text}"]`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '#amp;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;');
}
