/** A text of a file, with the place of each of its characters. */
export interface PlacedText {
  readonly text: string;
  /** Offset in the file of each character; one more for its end. */
  readonly offsets: readonly number[];
}

export interface Element {
  readonly name: string;
  readonly offset: number;
  readonly children: readonly Element[];
  readonly content: PlacedText;
}

/** What is wrong with a file as XML, and where. */
export class XmlFault extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

const DEPTH_LIMIT = 16;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Reads the little of XML that `<ApiInteraction>` needs: elements without attributes, texts, CDATA, the five entities, character
 * references and comments. What else XML has (document types above all) is refused: nothing here can reach a file, a network
 * or an unbounded memory. Remembers the place of every character, which general readers forget.
 *
 * @throws XmlFault
 */
export function readXml(text: string): Element {
  const reader = new Reader(text);
  reader.misc();
  const root = reader.element(0);
  reader.misc();
  reader.end();
  return root;
}

class Reader {
  private at: number;

  constructor(private readonly text: string) {
    this.at = text.startsWith('\ufeff') ? 1 : 0;
  }

  /** Space, comments and the XML declaration. */
  misc(): void {
    for (;;) {
      this.space();
      if (this.text.startsWith('<!--', this.at)) this.comment();
      else if (this.text.startsWith('<?', this.at)) this.at = this.after('?>', 'a `<?` has no `?>`');
      else return;
    }
  }

  end(): void {
    if (this.at < this.text.length) throw new XmlFault('there may be one element alone in a file', this.at);
  }

  element(depth: number): Element {
    const offset = this.at;
    if (depth > DEPTH_LIMIT) throw new XmlFault('the elements are nested too deep', offset);
    const name = /^<([A-Za-z][A-Za-z0-9]*)/.exec(this.text.slice(offset, offset + 100))?.[1];
    if (name === undefined) throw new XmlFault(this.startProblem(), offset);
    this.at += name.length + 1;
    this.space();
    const empty = this.text.startsWith('/>', this.at);
    if (!empty && this.text[this.at] !== '>') throw new XmlFault(`<${name}> can have no attributes`, this.at);
    this.at += empty ? 2 : 1;
    if (empty) return { name, offset, children: [], content: { text: '', offsets: [this.at] } };
    return this.inside(name, offset, depth);
  }

  private inside(name: string, offset: number, depth: number): Element {
    const children: Element[] = [];
    const characters: string[] = [];
    const offsets: number[] = [];
    const take = (character: string, from: number): void => {
      for (const unit of character.split('')) {
        characters.push(unit);
        offsets.push(from);
      }
    };
    for (;;) {
      if (this.at >= this.text.length) throw new XmlFault(`<${name}> has no end: add </${name}>`, offset);
      if (this.text.startsWith('<![CDATA[', this.at)) this.cdata(take);
      else if (this.text.startsWith('<!--', this.at)) this.comment();
      else if (this.text.startsWith('</', this.at)) break;
      else if (this.text[this.at] === '<') children.push(this.element(depth + 1));
      else this.character(take);
    }
    const close = `</${name}>`;
    if (!this.text.startsWith(close, this.at)) throw new XmlFault(`here <${name}> must end: ${close}`, this.at);
    offsets.push(this.at);
    this.at += close.length;
    return { name, offset, children, content: { text: characters.join(''), offsets } };
  }

  private cdata(take: (character: string, from: number) => void): void {
    const from = this.at + 9;
    this.at = this.after(']]>', 'a `<![CDATA[` has no `]]>`');
    for (let at = from; at < this.at - 3; at++) take(this.text.charAt(at), at);
  }

  private character(take: (character: string, from: number) => void): void {
    if (this.text[this.at] !== '&') {
      take(this.text.charAt(this.at), this.at);
      this.at++;
      return;
    }
    const entity = /^&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-z]{2,4});/.exec(this.text.slice(this.at, this.at + 12))?.[1];
    const meant = entity === undefined ? undefined : meaning(entity);
    if (entity === undefined || meant === undefined)
      throw new XmlFault('a `&` must be written `&amp;`, or stand in `<![CDATA[...]]>`', this.at);
    take(meant, this.at);
    this.at += entity.length + 2;
  }

  private comment(): void {
    this.at = this.after('-->', 'a `<!--` has no `-->`');
  }

  private after(end: string, problem: string): number {
    const found = this.text.indexOf(end, this.at);
    if (found < 0) throw new XmlFault(problem, this.at);
    return found + end.length;
  }

  private space(): void {
    while (/\s/.test(this.text.charAt(this.at)) && this.at < this.text.length) this.at++;
  }

  private startProblem(): string {
    if (this.at >= this.text.length) return 'there is no element: a connector begins with <ApiInteraction>';
    if (this.text.startsWith('<!', this.at)) return 'document types and other declarations are not allowed';
    return 'here an element must begin, such as <ApiInteraction>';
  }
}

function meaning(entity: string): string | undefined {
  if (!entity.startsWith('#')) return ENTITIES[entity];
  const code = entity.startsWith('#x') ? parseInt(entity.slice(2), 16) : Number(entity.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
