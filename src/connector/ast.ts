/**
 * A connector as it was written, after parsing: plain data, every key resolved to its default. `run-connectors.ts` runs it,
 * `describe.ts` tells the flow checker about it.
 */
import type { Place } from '../flow/ast';
import type { SensitiveField } from '../ports/card-vault';

/** What a connector may see of a value. `integer`: minor units, counts; `decimal`: a decimal string such as `2500.50`. */
export type InputType = 'text' | 'integer' | 'decimal' | 'boolean';

export interface ValueInput {
  /** May be a path into the flow's context (`payment.reference`). */
  readonly name: string;
  readonly type: InputType;
  readonly optional: boolean;
}

/** Sensitive inputs and answer fields by the names that connector files use. */
export const SEALED_FIELDS = {
  card_number: 'card-number',
  expiry: 'expiration-date',
  security_code: 'security-code',
  otp: 'otp',
} as const satisfies Record<string, SensitiveField>;

export type SealedName = keyof typeof SEALED_FIELDS;

/** Which digits of an expiry (kept as MMYY) are meant; `all` of everything else. */
export type SealedPart = 'all' | 'month' | 'year' | 'full_year';

/** One piece of a text with `{{ names }}`. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'sealed'; readonly name: SealedName; readonly part: SealedPart }
  | { readonly kind: 'setting' | 'secret'; readonly name: string; readonly place: Place }
  /** The approved text of the template that the input `template` names, filled in; or its registered id. */
  | { readonly kind: 'message'; readonly what: 'text' | 'template_id' };

export interface Template {
  readonly parts: readonly Part[];
  readonly place: Place;
}

/** The tree of a JSON body. Numbers keep the text they were written with. */
export type BodyNode =
  | { readonly kind: 'raw'; readonly json: string }
  | { readonly kind: 'template'; readonly template: Template }
  | { readonly kind: 'array'; readonly items: readonly BodyNode[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [name: string, node: BodyNode])[] };

/** How a value is written into a text of its own: inside a JSON text, as a JSON value, or as part of a form. */
export type Escape = 'json-text' | 'json-value' | 'form';

/** What a request carries. */
export type Body =
  | { readonly kind: 'json'; readonly root: BodyNode }
  | { readonly kind: 'form'; readonly fields: readonly (readonly [name: string, value: Template])[] }
  /** Written out by hand, as in `<ApiInteraction>`. */
  | { readonly kind: 'text'; readonly type: 'json' | 'form'; readonly pieces: readonly TextPiece[] };

export interface TextPiece {
  readonly part: Part;
  readonly as: Escape;
}

export type Auth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: Template; readonly password: Template }
  | { readonly kind: 'bearer'; readonly token: Template }
  | ClientCredentials;

/** OAuth 2.0 client credentials (RFC 6749, section 4.4). */
export interface ClientCredentials {
  readonly kind: 'oauth';
  readonly tokenUrl: Template;
  readonly clientId: Template;
  readonly clientSecret: Template;
  readonly scope: Template | null;
  /** Where id and secret go: into the form, or into a Basic header. */
  readonly sentIn: 'body' | 'basic';
}

/** A header with an HMAC over parts of the request. */
export interface Signature {
  readonly header: string;
  readonly key: Template;
  readonly algorithm: 'sha256' | 'sha512';
  readonly encoding: 'hex' | 'base64';
  /** Stands before the signature. */
  readonly prefix: string;
  readonly over: readonly SignedPart[];
  readonly joinedBy: string;
  /** Header that tells the time that was signed, in seconds; null for none. */
  readonly timestampHeader: string | null;
}

export const SIGNED_PARTS = ['method', 'path', 'timestamp', 'body'] as const;
export type SignedPart = (typeof SIGNED_PARTS)[number];

/** What TLS needs beyond the authorities that every program trusts. PEM. */
export interface TlsNeeds {
  readonly authority: Template | null;
  /** The certificate that we show, and its key. */
  readonly client: { readonly certificate: Template; readonly key: Template } | null;
}

/** Where something stands in an answer: names of objects and indexes of arrays. */
export type AnswerPath = readonly string[];

/** Where a captured value comes from; an expression sees `answer` and `status`. */
export type CaptureSource =
  | { readonly kind: 'path'; readonly path: AnswerPath }
  | { readonly kind: 'expression'; readonly text: string }
  | { readonly kind: 'status' };

export interface Capture {
  readonly name: string;
  readonly from: CaptureSource;
  /** `any`: strings, booleans and whole numbers as they are, other numbers as decimal strings. */
  readonly type: InputType | 'any';
}

export type Scalar = string | boolean | null;

/** An outcome holds when all of it does. */
export interface OutcomeRule {
  readonly outcome: string;
  /** Status codes, or classes such as `2xx`. Empty: any. */
  readonly status: readonly string[];
  /** Field of the answer -> the values it may have; numbers are compared by their text. */
  readonly where: readonly { readonly field: AnswerPath; readonly is: readonly Scalar[] }[];
  /** An expression over `answer` and `status` that must be true; null for none. */
  readonly when: string | null;
  /** Captures and sensitive fields that must have been there. */
  readonly requires: readonly string[];
}

/**
 * `safe`: asked once more when no whole answer came, or a 502, 503 or 504. `unknown`: once more when it is proved that nothing
 * left. `unsafe`: never sent twice, whatever happens.
 */
export const RETRY_CLASSES = ['safe', 'unknown', 'unsafe'] as const;
export type RetryClass = (typeof RETRY_CLASSES)[number];

export interface Operation {
  readonly name: string;
  readonly place: Place;
  readonly values: readonly ValueInput[];
  readonly sealed: readonly SealedName[];
  readonly method: string;
  /** Joined to the connector's base address. */
  readonly path: Template;
  readonly query: readonly (readonly [name: string, value: Template])[];
  readonly headers: readonly (readonly [name: string, value: Template])[];
  readonly body: Body | null;
  readonly timeLimitMs: number;
  /** How long the other side may still be at it after the request was sent. */
  readonly settlesWithinMs: number;
  readonly retry: RetryClass;
  /** Answer fields that go from the raw bytes into the vault. */
  readonly sensitive: readonly { readonly name: SealedName; readonly from: AnswerPath }[];
  readonly captures: readonly Capture[];
  readonly outcomes: readonly OutcomeRule[];
}

/** A registered message. There is one variable between each two pieces. */
export interface MessageTemplate {
  readonly name: string;
  readonly id: string;
  readonly pieces: readonly string[];
  readonly variables: readonly { readonly name: string; readonly sealed: SealedName | null }[];
}

export interface Connector {
  readonly id: string;
  readonly file: string;
  readonly baseUrl: Template;
  readonly auth: Auth;
  readonly signature: Signature | null;
  readonly tls: TlsNeeds;
  readonly templates: ReadonlyMap<string, MessageTemplate>;
  readonly operations: ReadonlyMap<string, Operation>;
}

/** Every setting and secret that a connector names, with the first place of each. */
export interface Needs {
  readonly settings: ReadonlyMap<string, Place>;
  readonly secrets: ReadonlyMap<string, Place>;
}
